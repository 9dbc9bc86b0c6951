/** A component's part of the state: it is drawn again where what it chose is another. */
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";
import type { Store } from "./store.js";

export function useStore<S extends object, T>(store: Store<S>, choose: (state: S) => T): T {
  const [, again] = useReducer((n: number) => n + 1, 0);
  const chosen = choose(store.state);
  const last = useRef({ chosen, choose });
  last.current = { chosen, choose };
  useLayoutEffect(() => {
    const look = (): void => {
      const { chosen: before, choose: by } = last.current;
      if (!Object.is(by(store.state), before)) again(undefined as never);
    };
    // It may have changed between the drawing and now.
    look();
    return store.subscribe(look);
  }, [store]);
  return chosen;
}
