/** What is used of `des.js`, which ships no types. */
declare module "des.js" {
  export interface Cipher {
    update(data: ArrayLike<number>): number[];
  }
  export const DES: {
    create(options: { type: "encrypt" | "decrypt"; key: ArrayLike<number>; padding: boolean }): Cipher;
  };
}
