/** How a command reports its exit status. */
export type Finish = (status: number) => void;
