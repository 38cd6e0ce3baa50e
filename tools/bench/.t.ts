import { decode, encode, septetCount } from "@esme/gsm-codec";
import { countSegments, splitShortMessage } from "@esme/sm-split";
import iconv from "iconv-lite";
import smpp from "smpp";
import { SegmentedMessage } from "sms-segments-calculator";
import splitsms from "split-sms";

const text = "The quick brown fox jumps over the lazy dog, and then 0123456789. "
  .repeat(7)
  .slice(0, 400);
const uni = "Привет, как дела? Это проверка. ".repeat(20).slice(0, 400);
const oct = encode(text);
function t(name: string, f: () => unknown) {
  for (let i = 0; i < 3000; i++) f();
  const n = 20000;
  let best = 1e9;
  for (let r = 0; r < 5; r++) {
    const a = process.hrtime.bigint();
    for (let i = 0; i < n / 5; i++) f();
    const d = Number(process.hrtime.bigint() - a) / (n / 5);
    best = Math.min(best, d);
  }
  console.log(name.padEnd(40), best.toFixed(0), "ns");
  return best;
}
const buf = Buffer.from(oct);
t("our encode", () => encode(text));
t("smpp encode", () => smpp.encodings.ASCII.encode(text));
t("iconv 8859-5", () => iconv.encode(text, "iso-8859-5"));
t("our decode", () => decode(oct));
t("smpp decode", () => smpp.encodings.ASCII.decode(buf));
t("iconv dec", () => iconv.decode(buf, "iso-8859-5"));
t("septetCount", () => septetCount(text));
t("count", () => countSegments(text));
t("split-sms", () => splitsms.split(text));
t("count ucs2", () => countSegments(uni));
t("split-sms ucs2", () => splitsms.split(uni));
t("split", () => splitShortMessage(text));
t("split ucs2", () => splitShortMessage(uni));
const N = 200;
const a = performance.now();
for (let i = 0; i < N; i++) new SegmentedMessage(text).segmentsCount;
console.log("twilio", ((performance.now() - a) / N) * 1e6);
for (const k of [1000, 10000, 100000]) {
  const L = text.repeat(k / 400 + 1).slice(0, k);
  t("count " + k, () => countSegments(L));
  const U = "👨‍👩‍👧".repeat(k / 8);
  t("count emoji " + k, () => countSegments(U));
  t("count uni " + k, () => countSegments(uni.repeat(k / 400 + 1)));
}
