// Reads and writes the sandbox with jsforce as it comes from npm, and prints what it saw as one JSON object.
import jsforce from "jsforce";

const { SANDBOX_URL, SANDBOX_TOKEN } = process.env;
const conn = new jsforce.Connection({ instanceUrl: SANDBOX_URL, accessToken: SANDBOX_TOKEN, version: "65.0" });
const SLI = "Service_Level_Intervention__c";
const NOTICE = "SLI_Agent_Notice__c";

async function paging() {
  const soql = `SELECT Id, Office__r.Name FROM ${SLI} ORDER BY CreatedDate, Id`;
  const first = await conn.query(soql);
  const records = await conn.query(soql, { autoFetch: true, maxFetch: 100000 });
  return {
    totalSize: first.totalSize,
    firstPage: first.records.length,
    ids: records.records.map((record) => record.Id),
    office: records.records[0].Office__r.Name,
  };
}

async function bulk() {
  conn.bulk2.pollInterval = 10;
  const stream = await conn.bulk2.query(`SELECT Id FROM ${SLI} ORDER BY CreatedDate, Id`);
  const records = await stream.toArray();
  return records.map((record) => record.Id);
}

async function writing(id, other) {
  const updated = await conn.sobject(SLI).update({ Id: id, Client_Plan_State__c: "met" });
  const collection = await conn.sobject(SLI).update([
    { Id: id, Referral_Plan_State__c: "late" },
    { Id: other, Referral_Plan_State__c: "late" },
  ]);
  const inserted = await conn.sobject(NOTICE).upsert({ Key__c: "jsforce/1", Rule__c: "submission" }, "Key__c");
  const again = await conn.sobject(NOTICE).upsert({ Key__c: "jsforce/1", Rule__c: "plan_24h" }, "Key__c");
  const created = await conn.sobject(NOTICE).create({ Key__c: "jsforce/2" });
  const read = await conn.sobject(NOTICE).retrieve(created.id);
  const removed = await conn.sobject(NOTICE).destroy(created.id);
  return { updated, collection, inserted, again, readKey: read.Key__c, removed };
}

async function describing() {
  const described = await conn.sobject(SLI).describe();
  const everything = await conn.describeGlobal();
  return {
    office: described.fields.find((field) => field.name === "Office__c").referenceTo,
    objects: everything.sobjects.map((object) => object.name),
  };
}

async function failing(attempt) {
  try {
    await attempt();
    return null;
  } catch (error) {
    return error.errorCode;
  }
}

const read = await paging();
console.log(
  JSON.stringify({
    read,
    bulk: await bulk(),
    wrote: await writing(read.ids[0], read.ids[1]),
    described: await describing(),
    unknownField: await failing(() => conn.query(`SELECT Colour__c FROM ${SLI}`)),
    duplicate: await failing(() => conn.sobject(NOTICE).create({ Key__c: "jsforce/1" })),
    unknownRecord: await failing(() => conn.sobject(SLI).retrieve("a01000000000000AAA")),
  }),
);
