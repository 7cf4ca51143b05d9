// What the peers' servers have in common: where to listen, how large the snapshot is that answers a sign-in,
// how often to ping, and the garbage collection that the generator asks for before it reads the memory.

export const port = Number(process.env.BENCH_PORT);
export const pingSeconds = Number(process.env.BENCH_PING_SECONDS ?? 20);

// A stand-in for the snapshot of presence: a ready-made text of `BENCH_SNAPSHOT_BYTES`, `around` bytes of
// which are the peer's own envelope.
export function snapshotText(around = 0) {
  const bytes = Number(process.env.BENCH_SNAPSHOT_BYTES ?? 200) - around;
  return JSON.stringify({ snapshot: "x".repeat(Math.max(1, bytes - '{"snapshot":""}'.length)) });
}

export function announce(name) {
  process.on("SIGUSR2", () => globalThis.gc?.());
  process.stdout.write(`${name} is listening on 127.0.0.1:${port}\n`);
}
