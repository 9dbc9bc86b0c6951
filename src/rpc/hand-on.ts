/** The last that an association adds to a call: which interface is claimed for it, and whose credentials protect it. */
import type { OpenCall, Side } from "./calls.js";
import type { PresentationContexts } from "./presentation.js";
import type { SecurityContexts } from "./security-contexts.js";

/** Makes an open call the finished one that it is handed on as, which knows its connection no more. */
export function handOn(call: OpenCall, contexts: PresentationContexts, security: SecurityContexts): void {
  const { request, response } = call;
  claim(call, contexts);
  const asking = request?.security ?? security.unsigned;
  const context = request?.security ?? response?.security ?? asking;
  call.headerSigning = security.headerSigningAsked(asking);
  call.auth =
    context === null
      ? call.auth
      : context.auth(
          both(request?.decrypted, response?.decrypted),
          both(request?.verified, response?.verified),
        );
  if (request !== null) close(request);
  if (response !== null) close(response);
}

function close(side: Side): void {
  side.whole = side.ended && !side.broken;
  side.security = null;
}

function claim(call: OpenCall, contexts: PresentationContexts): void {
  const { contextId } = call;
  const claim = contexts.get(contextId);
  call.claim = claim;
  if (claim === null || claim.acknowledged) return;
  call.notes.push(
    claim.refused
      ? {
          severity: "warning",
          code: "context-refused",
          message: `the server had refused presentation context ${contextId}`,
        }
      : {
          severity: "info",
          code: "context-not-acknowledged",
          message: `the server's answer to presentation context ${contextId} was not captured`,
        },
  );
}

function both(a: boolean | null | undefined, b: boolean | null | undefined): boolean | null {
  return a === false || b === false ? false : (a ?? b ?? null);
}
