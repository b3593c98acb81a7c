// A real mail server on loopback, for tests: takes mail, and tells on standard output, one JSON line each, what arrived and how a parser of its own
// reads it. On standard input it is told how to behave, one JSON line each; it answers {"ready": …}.
//
//   node server.mjs [--starttls | --implicit] [--auth USER:PASSWORD] [--port N]
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

const said = process.argv.slice(2);
const option = (name) => (said.includes(name) ? said[said.indexOf(name) + 1] : undefined);
const account = option("--auth");
let behaviour = {};

const problem = (code, text) => Object.assign(new Error(text), { responseCode: code });
const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");

const server = new SMTPServer({
    secure: said.includes("--implicit"),
    disabledCommands: said.includes("--starttls") || said.includes("--implicit") ? [] : ["STARTTLS"],
    authOptional: account === undefined,
    allowInsecureAuth: true,
    key: readFileSync(new URL("localhost.key", import.meta.url)),
    cert: readFileSync(new URL("localhost.pem", import.meta.url)),
    logger: false,
    // Nobody is looked up: tests ask no name server.
    disableReverseLookup: true,
    onAuth({ username, password }, _session, done) {
        if (`${username}:${password}` === account) done(null, { user: username });
        else done(problem(535, "who is that?"));
    },
    onRcptTo({ address }, _session, done) {
        const code = behaviour.recipients?.[address] ?? behaviour.everybody;
        done(code ? problem(code, `not for ${address} at the moment`) : undefined);
    },
    async onData(stream, session, done) {
        const chunks = [];
        for await (const chunk of stream) chunks.push(chunk);
        const raw = Buffer.concat(chunks);
        const mail = await simpleParser(raw);
        tell({
            mail: {
                from: session.envelope.mailFrom.address,
                to: session.envelope.rcptTo.map(({ address }) => address),
                secure: session.secure,
                user: session.user ?? null,
                subject: mail.subject ?? null,
                header_to: mail.to?.value ?? [],
                header_from: mail.from?.value ?? [],
                cc: mail.cc?.value ?? [],
                bcc: mail.bcc?.value ?? [],
                message_id: mail.messageId ?? null,
                text: mail.text ?? null,
                html: mail.html || null,
                headers: mail.headerLines.map(({ key, line }) => [key, line]),
                attachments: mail.attachments.length,
                files: mail.attachments.map(({ filename, contentType, content }) => ({ filename, contentType, base64: content.toString("base64") })),
                raw: raw.toString("latin1"),
            },
        });
        done();
    },
});
server.on("error", () => {});
server.listen(Number(option("--port") ?? 0), "127.0.0.1", () => tell({ ready: server.server.address().port }));

createInterface({ input: process.stdin })
    .on("line", (line) => {
        behaviour = JSON.parse(line);
        tell({ ready: server.server.address().port });
    })
    .on("close", () => process.exit(0));
