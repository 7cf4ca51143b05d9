// What makes several Socket.IO servers one: each hears over Redis what another sends to everybody.
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";

export async function redisAdapter(url) {
  const publisher = createClient({ url });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  return createAdapter(publisher, subscriber);
}
