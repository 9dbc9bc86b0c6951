/** The views beside the calls. */
import type { ViewOf } from "./app.js";

export const views: readonly ViewOf[] = [];
