// Node's `ws`: the first message of a watcher signs in and is answered with the snapshot, every later
// message goes to all watchers. The publisher (/publish) is no watcher.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { announce, pingSeconds, port, snapshotText } from "./setup.mjs";

const snapshot = Buffer.from(snapshotText());
const watchers = new Set();
const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: false, maxPayload: 65536 });

function broadcast(data) {
  for (const watcher of watchers) watcher.send(data, { binary: false });
}

function signIn(socket, isWatcher) {
  if (isWatcher) watchers.add(socket);
  socket.send(snapshot, { binary: false });
}

server.on("connection", (socket, request) => {
  const isWatcher = request.url === "/watch";
  let signedIn = false;
  socket.alive = true;
  socket.on("error", () => {});
  socket.on("close", () => watchers.delete(socket));
  socket.on("pong", () => { socket.alive = true; });
  socket.on("message", (data) => {
    if (signedIn && data.length === 1) return socket.send(data, { binary: false });
    if (signedIn) return broadcast(data);
    signedIn = true;
    signIn(socket, isWatcher);
  });
});

// The heartbeat that the package's own documentation recommends.
setInterval(() => {
  for (const watcher of watchers) {
    if (!watcher.alive) {
      watcher.terminate();
      continue;
    }
    watcher.alive = false;
    watcher.ping("muster");
  }
}, pingSeconds * 1000);

http.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => announce("ws"));
