/** A question that cannot be answered: the message is a sentence for people. */
export class NoAnswer extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NoAnswer";
  }
}
