/** A first use of every package, as the body of a function that gets its module and `assert`. */
export const uses: Readonly<Record<string, string>> = {
  pdu: `
    const frame = m.encode({ command: "submit_sm", destination_addr: "1", sequence_number: 7 });
    assert.equal(m.decode(frame).destination_addr, "1");`,
  explain: `
    assert.match(m.explain("00000010 00000015 00000000 00000001"), /^enquire_link, 16 octets/);`,
  "gsm-codec": `
    assert.equal(m.decode(m.encode("€ for Å")), "€ for Å");`,
  "sm-split": `
    assert.equal(m.splitShortMessage("x".repeat(161), 0, { reference: 1 }).parts.length, 2);`,
  receipts: `
    const date = new Date(0);
    const text = m.formatReceipt({ id: "7", submit_date: date, done_date: date, stat: "DELIVRD" });
    assert.equal(m.parseReceipt(text).id, "7");`,
  messages: `
    const message = m.newMessage({ to_addr: "1", from_addr: "2" });
    assert.deepEqual(m.parseMessage(m.serialise(message)), message);`,
  settings: `
    const table = { size: m.amount(5, 10) };
    assert.deepEqual(m.readOptions("Thing", { size: "7" }, table), { size: 7 });`,
  bounded: `
    const latest = new m.OldestFirst(1);
    latest.set("a", 1);
    latest.set("b", 2);
    assert.deepEqual([...latest], [["b", 2]]);`,
  redis: `
    const client = { evalSha: async () => "PONG", eval: async () => "PONG" };
    const { client: row, ...rest } = m.redisOptions;
    const values = Object.fromEntries(Object.entries(rest).map(([name, { initial }]) => [name, initial]));
    const redis = new m.RedisConnection({ ...values, client });
    assert.equal(await redis.run(m.redisScript("return 'PONG'"), { name: "k", shown: "k" }, []), "PONG");
    await redis.close();`,
  sequencers: `
    assert.equal(await new m.InMemorySequencer().next(), 1);`,
  caches: `
    const cache = new m.InMemorySmppCache();
    await cache.storeSmppMessageId("a", "b");
    assert.equal((await cache.fetchSmppMessageId("a")).messageId, "b");
    await cache.close();`,
  ledger: `
    const ledger = new m.InMemoryLedger();
    assert.deepEqual(await ledger.open("a").begin(1), { kind: "begun" });
    await ledger.close();`,
  session: `
    const { PassThrough } = await import("node:stream");
    const session = new m.Session(new PassThrough(), { role: "esme" });
    assert.equal(session.state, "OPEN");
    await session.close();`,
  client: `
    const client = new m.Client({ host: "127.0.0.1", port: 1, reconnect: false });
    await assert.rejects(client.connect(), { name: "LinkError" });`,
  server: `
    const server = await new m.SmppServer({ port: 0, onBind: () => true }).listen();
    assert.ok(server.port > 0);
    await server.close();
    const { readdirSync } = await import("node:fs");
    const installed = [...readdirSync("node_modules"), ...readdirSync("node_modules/@esme")];
    const expected = ["@esme", "pdu", "sequencers", "server", "session"];
    assert.deepEqual(installed.filter((name) => !name.startsWith(".")), expected);`,
  smsc: `
    const smsc = new m.Smsc({ port: 0 });
    await smsc.listen();
    assert.ok(smsc.port > 0);
    const http = await new m.SmscHttp(smsc).listen({ port: 0 });
    const page = await (await fetch(http.url)).text();
    for (const [, file] of page.matchAll(/(?:src|href)="([^"#]+\\.\\w+)"/g))
      assert.equal((await fetch(http.url + file)).status, 200, file);
    await http.close();
    await smsc.close();`,
  processors: `
    assert.equal(m.parseReceipt("id:7 stat:DELIVRD err:000 text:").status, "delivered");`,
  transport: `
    const transport = new m.SmppTransport({ amqp_url: "memory:", port: 1 });
    await transport.stop();`,
};
