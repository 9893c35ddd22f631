import type { Db } from 'mongodb';

/**
 * Users with a device each, written as the service would have written them, because registering thousands takes
 * longer than a test may. Answers their ids and client ids, which are the name and a number from 0.
 */
export async function manyDevices(
  database: Db,
  name: string,
  count: number,
  options: { switch?: boolean; isActive?: boolean } = {},
) {
  const counters = database.collection<{ _id: string; value: number }>('counters');
  const reserve = async (sequence: string) => {
    const counter = await counters.findOneAndUpdate(
      { _id: sequence },
      { $inc: { value: count } },
      { upsert: true, returnDocument: 'after' },
    );
    return (counter?.value ?? 0) - count + 1;
  };
  const [firstUser, firstDevice] = [await reserve('users'), await reserve('devices')];
  const now = new Date();
  const times = { createdAt: now, updatedAt: now };
  const list = Array.from({ length: count }, (_, index) => ({
    user: firstUser + index,
    device: firstDevice + index,
    clientId: `${name}-${index}`,
  }));
  await database.collection<{ _id: number }>('users').insertMany(
    list.map(({ user, clientId }) => ({
      _id: user,
      address: `${clientId}@example.com`,
      openid: 'x'.repeat(40),
      isActive: options.isActive ?? true,
      deletedAt: null,
      ...times,
    })),
  );
  await database.collection<{ _id: number }>('devices').insertMany(
    list.map(({ user, device, clientId }) => ({
      _id: device,
      userId: user,
      clientId,
      clientType: 'android',
      switch: options.switch ?? true,
      boundAt: now,
      ...times,
    })),
  );
  return list;
}
