/** HTTP 1.1: pages, scripts, JSON, XML, forms and images, some compressed, some in chunks. */
import { gzipSync } from "node:zlib";
import type { Message } from "../conversation.js";
import type { Source } from "./source.js";

function page(source: Source): string {
  const rows = Array.from(
    { length: source.mostlySmall(10, 200) },
    () =>
      `<tr class="${source.word()}"><td><a href="/${source.word()}/${source.name()}?id=${source.hex(4)}">${source.words(3)}</a></td>` +
      `<td>${source.words(8)}</td><td>${source.number(0, 1e6) / 100}</td></tr>`,
  );
  return `<!DOCTYPE html>\n<html><head><title>${source.words(3)}</title></head><body><table>\n${rows.join("\n")}\n</table></body></html>\n`;
}

function json(source: Source): string {
  const items = Array.from({ length: source.mostlySmall(2, 250) }, () => ({
    id: source.number(0, 1e9),
    key: source.hex(8),
    [source.word()]: source.words(4),
    price: source.number(0, 1e6) / 100,
    tags: [source.word(), source.word()],
    owner: { name: source.name(), mail: `${source.name()}@example.org`, active: source.chance(0.5) },
  }));
  return JSON.stringify({ status: "ok", total: items.length, items });
}

function xml(source: Source): string {
  const rows = Array.from(
    { length: source.mostlySmall(5, 200) },
    () =>
      `<m:${source.word()} id="${source.hex(6)}"><m:name>${source.words(2)}</m:name><m:amount currency="EUR">${source.number(0, 1e5) / 100}</m:amount></m:${source.word()}>`,
  );
  return (
    `<?xml version="1.0" encoding="utf-8"?>\n<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:m="urn:example:orders">` +
    `<s:Body>${rows.join("")}</s:Body></s:Envelope>`
  );
}

const form = (source: Source): string =>
  Array.from({ length: source.number(5, 60) }, () => `${source.word()}=${source.hex(8)}`).join("&");

/** What a message says of its body, and the body as it is on the wire. */
function body(source: Source): { head: string; bytes: Buffer } {
  const kind = source.number(0, 10);
  if (kind < 1) {
    const image = source.bytes(source.mostlySmall(500, 100_000));
    return { head: `Content-Type: image/webp\r\nContent-Length: ${image.length}\r\n`, bytes: image };
  }
  const [type, text] =
    kind < 2
      ? ["text/html; charset=utf-8", page(source)]
      : kind < 7
        ? ["application/json", json(source)]
        : kind < 9
          ? ["application/soap+xml; charset=utf-8", xml(source)]
          : ["application/x-www-form-urlencoded", form(source)];
  const packed = source.chance(0.25);
  const bytes = packed ? gzipSync(text, { level: 1 }) : Buffer.from(text);
  const head = `Content-Type: ${type}\r\n${packed ? "Content-Encoding: gzip\r\n" : ""}`;
  if (source.chance(0.5)) return { head: `${head}Content-Length: ${bytes.length}\r\n`, bytes };
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 4096) {
    const chunk = bytes.subarray(at, at + 4096);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
  }
  chunks.push(Buffer.from("0\r\n\r\n"));
  return { head: `${head}Transfer-Encoding: chunked\r\n`, bytes: Buffer.concat(chunks) };
}

export function* web(source: Source): Generator<Message> {
  const host = source.host();
  const cookie = `sid=${source.hex(16)}; theme=${source.word()}; lang=en`;
  for (let i = source.number(1, 4); i > 0; i--) {
    const posts = source.chance(0.2);
    const sent = posts ? body(source) : null;
    const request =
      `${posts ? "POST" : "GET"} /${source.word()}/${source.name()}?v=${source.hex(4)} HTTP/1.1\r\nHost: ${host}\r\n` +
      "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\r\n" +
      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Encoding: gzip, deflate\r\n" +
      `Accept-Language: en-GB,en;q=0.9\r\nReferer: http://${host}/${source.name()}\r\nCookie: ${cookie}\r\n${sent?.head ?? ""}\r\n`;
    yield { from: 0, bytes: Buffer.concat([Buffer.from(request), sent?.bytes ?? Buffer.alloc(0)]) };
    const answer = body(source);
    const head =
      `HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nCache-Control: max-age=${source.number(0, 86400)}\r\n` +
      `ETag: "${source.hex(8)}"\r\nX-Request-Id: ${source.hex(16)}\r\n${answer.head}\r\n`;
    yield { from: 1, bytes: Buffer.concat([Buffer.from(head), answer.bytes]) };
  }
}

/** SMTP with a message in MIME: text, and a file in Base64. */
export function* mail(source: Source): Generator<Message> {
  const say = (from: 0 | 1, text: string): Message => ({ from, bytes: Buffer.from(`${text}\r\n`) });
  const [host, sender, receiver] = [source.host(), source.name(), source.name()];
  yield say(1, `220 ${host} ESMTP`);
  yield say(0, `EHLO ${source.host()}`);
  yield say(1, `250-${host}\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n250 PIPELINING`);
  yield say(0, `MAIL FROM:<${sender}@example.org> SIZE=20000`);
  yield say(1, "250 2.1.0 Ok");
  yield say(0, `RCPT TO:<${receiver}@example.com>`);
  yield say(1, "250 2.1.5 Ok");
  yield say(0, "DATA");
  yield say(1, "354 End data with <CR><LF>.<CR><LF>");
  const lines = (text: string) => text.replace(/.{76}/g, "$&\r\n");
  const attached = source.bytes(source.mostlySmall(1_000, 80_000)).toString("base64");
  const boundary = `=_${source.hex(12)}`;
  yield say(
    0,
    `From: ${sender} <${sender}@example.org>\r\nTo: <${receiver}@example.com>\r\nSubject: ${source.words(4)}\r\n` +
      `Message-ID: <${source.hex(12)}@example.org>\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\nMIME-Version: 1.0\r\n` +
      `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n--${boundary}\r\nContent-Type: text/plain\r\n\r\n${lines(source.words(120))}\r\n` +
      `--${boundary}\r\nContent-Type: application/pdf; name="${source.name()}.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines(attached)}\r\n--${boundary}--\r\n.`,
  );
  yield say(1, `250 2.0.0 Ok: queued as ${source.hex(5)}`);
  yield say(0, "QUIT");
  yield say(1, "221 2.0.0 Bye");
}
