/** How a command tells its exit status. */
export type Finish = (status: number) => void;
