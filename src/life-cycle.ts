/** Life cycles as literal tables: by state, what each event leads to. An event that is not listed changes nothing. */

export type LifeCycle<State extends string, Event extends string> = {
  readonly [state in State]: { readonly [event in Event]?: State };
};

export function nextState<State extends string, Event extends string>(
  table: LifeCycle<State, Event>,
  state: State,
  event: Event,
): State {
  return table[state][event] ?? state;
}
