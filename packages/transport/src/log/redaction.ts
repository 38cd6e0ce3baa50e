/** What is taken out of a text before anybody but the worker sees it. */

/** The password of a URL, wherever in a text the URL is. Bounded: texts come from anywhere. */
const urlPassword = /:\/\/([^\s/:@"]{0,256}):[^\s"]{0,256}@/g;

/** A telephone number, most likely; message ids are in fields of their own. */
const longNumber = /\+?\d{7,}/g;

/** `amqp://user:[secret]@host` of `amqp://user:guess@host`. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(urlPassword, "://$1:[secret]@");
}

/** `no route to [number]`: what people put into an error's message is not known beforehand. */
export function withoutNumbers(text: string): string {
  return text.replaceAll(longNumber, "[number]");
}
