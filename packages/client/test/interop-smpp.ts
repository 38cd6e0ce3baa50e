// npm `smpp` as a peer: a server for our client, a client for our SMSC. The package has no types.
import { once } from "node:events";
import { createRequire } from "node:module";
import type { AddressInfo, Server } from "node:net";
import { onTestFinished } from "vitest";

/** Fields of a PDU under the standard's names; what a text was decoded to stands in `short_message`. */
export interface PeerPdu {
  readonly command: string;
  readonly command_status: number;
  readonly sequence_number: number;
  readonly [field: string]: unknown;
  response(fields?: object): PeerPdu;
}

type Command = (fields: object, onResponse?: (response: PeerPdu) => void) => boolean;

/** A session of npm `smpp`, on either side. */
export interface PeerSession {
  readonly socket: NodeJS.WritableStream;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: string, listener: (pdu: PeerPdu) => void): this;
  once(event: string, listener: (pdu: PeerPdu) => void): this;
  send(pdu: PeerPdu): boolean;
  close(): void;
  destroy(): void;
}

interface NodeSmpp {
  readonly createServer: (options: object, onSession: (session: PeerSession) => void) => Server;
  readonly connect: (options: object) => PeerSession;
  readonly addTLV: (name: string, options: { id: number; type: unknown }) => void;
  readonly addCommand: (name: string, options: { id: number }) => void;
  readonly PDU: new (command: string, fields: object) => PeerPdu;
  readonly types: { readonly tlv: Readonly<Record<"cstring" | "int16" | "buffer", unknown>> };
}

/** The package itself. */
export const smpp: NodeSmpp = createRequire(import.meta.url)("smpp");

/** A command that neither standard knows. */
export const vendorCommand = { name: "vendor_command", id: 0x00010200 };
smpp.addCommand(vendorCommand.name, { id: vendorCommand.id });
smpp.addTLV("entity_id", { id: 0x1400, type: smpp.types.tlv.cstring });
smpp.addTLV("price_class", { id: 0x1501, type: smpp.types.tlv.int16 });

/** Sends a request and resolves with whatever answers it. */
export function ask(session: PeerSession, command: string, fields: object = {}): Promise<PeerPdu> {
  return new Promise((resolve) => commandOf(session, command).call(session, fields, resolve));
}

function commandOf(session: PeerSession, command: string): Command {
  const method: unknown = Reflect.get(session, command);
  if (typeof method !== "function") throw new Error(`npm smpp has no command ${command}`);
  return method as Command;
}

/** The next PDU of that command. */
export function next(session: PeerSession, command: string): Promise<PeerPdu> {
  return new Promise((resolve) => session.once(command, resolve));
}

/** The text of a PDU as npm `smpp` decoded it, without its header. */
export function textOf(pdu: PeerPdu): unknown {
  const payload = pdu["message_payload"] ?? pdu["short_message"];
  return typeof payload === "object" && payload !== null && "message" in payload
    ? payload.message
    : payload;
}

/** What npm `smpp` answers by itself here. */
const answered = [
  "bind_transmitter",
  "bind_receiver",
  "bind_transceiver",
  "enquire_link",
  "unbind",
];

/** Listens with npm `smpp` until the test is over; `command_status` is its answer to what it answers. */
export async function smppServer(
  onSession: (session: PeerSession) => void = () => {},
  { command_status = 0, ...options }: { command_status?: number; key?: Buffer; cert?: Buffer } = {},
): Promise<{ port: number; session: Promise<PeerSession> }> {
  const sessions: PeerSession[] = [];
  let announce: (session: PeerSession) => void;
  const session = new Promise<PeerSession>((resolve) => {
    announce = resolve;
  });
  const server = smpp.createServer(options, (opened) => {
    sessions.push(opened);
    // A connection that is torn down ends in an `error`, which would otherwise be thrown.
    opened.on("error", () => {});
    const fields = { command_status, system_id: "npm smpp" };
    for (const command of answered) {
      opened.on(command, (pdu) => opened.send(pdu.response({ ...fields })));
    }
    onSession(opened);
    announce(opened);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    const closed = once(server, "close");
    server.close();
    for (const opened of sessions) opened.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, session };
}

/** Connects with npm `smpp`; the connection is gone when the test is over. */
export async function smppClient(port: number): Promise<PeerSession> {
  const session = smpp.connect({ host: "127.0.0.1", port });
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  await next(session, "connect");
  return session;
}
