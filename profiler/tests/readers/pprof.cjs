// Answers the questions of viewers.rs from a profile on standard input, by the decoder of pprof-format. Prints them
// as JSON.
"use strict";
const { readFileSync } = require("node:fs");
const { gunzipSync } = require("node:zlib");
const { Profile } = require("pprof-format");

const profile = Profile.decode(gunzipSync(readFileSync(0)));
const text = (index) => profile.stringTable.strings[Number(index)];

/** The functions of a sample, outermost first. */
function functions(sample) {
  const locations = sample.locationId.map((id) => profile.location.find((one) => one.id === id));
  const lines = locations.map((location) => location.line[0].functionId);
  return lines.map((id) => text(profile.function.find((one) => one.id === id).name)).reverse();
}

if (text(profile.sampleType[0].unit) !== "nanoseconds") throw new Error("not in nanoseconds");
const times = {};
for (const sample of profile.sample) {
  const labels = Object.fromEntries(sample.label.map((label) => [text(label.key), text(label.str)]));
  const [stage, , , phase] = functions(sample);
  if (stage !== labels.stage || phase !== labels.phase) throw new Error(`labels of another stack: ${stage} ${phase}`);
  times[stage] ??= {};
  times[stage][phase] = (times[stage][phase] ?? 0) + Number(sample.value[0]);
}
console.log(JSON.stringify({ times }));
