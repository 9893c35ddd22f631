import { MongoClient } from 'mongodb';
import { BEHAVIOUR } from './behaviour/table.ts';

// node src/compare.ts URI: runs the table of behaviour against another server and says where it differs.
const [uri] = process.argv.slice(2);
if (!uri) {
  console.error('usage: node src/compare.ts mongodb://HOST:PORT/?replicaSet=NAME');
  process.exit(1);
}
const client = await new MongoClient(uri).connect();
const db = client.db('embedded-mongo-compare');
await db.dropDatabase();
let made = 0;
let failed = 0;
for (const [group, cases] of Object.entries(BEHAVIOUR)) {
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run({ db, fresh: () => db.collection(`c${++made}`) });
      console.log(`same     ${group}: ${name}`);
    } catch (error) {
      failed++;
      console.log(
        `differs  ${group}: ${name}\n         ${String(error).split('\n').slice(0, 12).join('\n         ')}`,
      );
    }
  }
}
await db.dropDatabase();
await client.close();
process.exit(failed === 0 ? 0 : 1);
