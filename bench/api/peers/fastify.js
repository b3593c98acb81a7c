// One row by key with Fastify and pg: no sign-in, no walls, no rights.
import Fastify from "fastify";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 16 });
const text = "select id, code, name, time_zone, country, description, version from plants where organization_id = $1 and id = $2";
const app = Fastify();
app.get("/plants/:organization/:id", async (request, reply) => {
    const found = await pool.query({ name: "plant", text, values: [request.params.organization, request.params.id] });
    if (found.rows.length === 0) return reply.code(404).send({ code: "not_found" });
    return found.rows[0];
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
console.log("ready");
