// Socket.IO: WebSocket transport only, the token in the CONNECT packet, the snapshot as the first event.
// An event "publish" of any client is sent on to everybody as "e",
// also to those at other servers if there is a Redis between them.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { announce, pingSeconds, port, snapshotText } from "./setup.mjs";

const snapshot = JSON.parse(snapshotText('42["snapshot",]'.length));
const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
  pingInterval: pingSeconds * 1000,
  pingTimeout: 20000,
  maxHttpBufferSize: 65536,
  ...(process.env.BENCH_RECOVERY ? { connectionStateRecovery: { maxDisconnectionDuration: 120000 } } : {}),
});

if (process.env.BENCH_REDIS) {
  const { redisAdapter } = await import("./socketio-redis.mjs");
  io.adapter(await redisAdapter(process.env.BENCH_REDIS));
}

io.use((socket, next) => next(socket.handshake.auth.token ? undefined : new Error("unauthenticated")));

io.on("connection", (socket) => {
  // Documented way to save memory: drop the request that opened the connection.
  socket.conn.request = null;
  socket.emit("snapshot", snapshot);
  socket.on("ask", (answer) => answer());
  socket.on("publish", (data) => io.emit("e", data));
});

http.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => announce("socketio"));
