// Written by `npm run rules` from rules/*.yml.
import type { Correlation, Filter, Rule } from "../rules/rule.js";

export const RULES: readonly Rule[] = [
  {"kind":"rule","file":"service_creation.yml","line":1,"title":"Service Created On Another Machine","id":"0f0f2a5e-7f0c-4c7d-9a57-1d7f3d1f6f0a","name":null,"status":"experimental","description":"A service was created through the service control manager of another machine, which runs a command there.","author":"raiscope","license":null,"date":"2026-11-27","modified":null,"references":[],"tags":["attack.execution","attack.t1569.002"],"falsePositives":["Software that is deployed from a central place"],"fields":[],"level":"medium","sentence":null,"logsource":{"product":"zeek","service":"dce_rpc","category":null},"detection":{"searches":{"selection":{"all":[{"field":"endpoint","modifiers":[],"values":["svcctl"]},{"field":"operation","modifiers":[],"values":["CreateServiceA","CreateServiceW","CreateServiceWOW64A","CreateServiceWOW64W"]}]}},"condition":{"search":"selection"}},"placeholders":[]},
];

export const CORRELATIONS: readonly Correlation[] = [
];

export const FILTERS: readonly Filter[] = [
];
