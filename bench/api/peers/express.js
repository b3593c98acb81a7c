// One row by key with Express and pg: no sign-in, no walls, no rights.
import express from "express";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 16 });
const text = "select id, code, name, time_zone, country, description, version from plants where organization_id = $1 and id = $2";
const app = express();
app.disable("x-powered-by");
app.get("/plants/:organization/:id", async (request, response) => {
    const found = await pool.query({ name: "plant", text, values: [request.params.organization, request.params.id] });
    if (found.rows.length === 0) {
        response.status(404).json({ code: "not_found" });
        return;
    }
    response.json(found.rows[0]);
});
app.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));
