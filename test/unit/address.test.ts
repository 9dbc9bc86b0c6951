/** Classes of addresses, and addresses in one spelling. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { canonicalAddress } from "../../src/address.js";
import { type AddressClass, classifyHost, teredoParts } from "../../src/invitation/host-class.js";

const CLASSES: { [name in AddressClass]: string[] } = {
  loopback: ["127.0.0.1", "127.255.0.9", "::1", "[::1]", "0:0:0:0:0:0:0:1", "localhost", "::ffff:127.0.0.1"],
  link_local: ["169.254.6.170", "fe80::1032:53d9:5a01:909b%3", "febf::1", "[fe80::1%eth0]"],
  private: [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.200",
    "100.64.0.1",
    "fd00::1",
    "fc00::1",
    "fec0::1",
  ],
  teredo: ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:0000:4136:e378::"],
  public: [
    "8.8.8.8",
    "172.32.0.1",
    "172.15.0.1",
    "192.169.0.1",
    "100.128.0.1",
    "2001:4898::1",
    "2002::1",
    "2001:1::1",
  ],
  unspecified: ["0.0.0.0", "::", "[::]"],
  multicast: ["224.0.0.1", "239.1.1.1", "ff02::1"],
  name: ["PC", "winxpsp3.contoso3.com", "10.0.0", "10.0.0.256", "1.2.3.4.5", "", "::g", "x%3"],
};
for (const [name, hosts] of Object.entries(CLASSES)) {
  test(`${name}: ${hosts.join(" ")}`, () => {
    for (const host of hosts) assert.equal(classifyHost(host), name, host);
  });
}

test("one spelling for each address", () => {
  for (const [from, to] of [
    ["FE80:0:0:0:1032:53D9:5A01:909B%3", "fe80::1032:53d9:5a01:909b"],
    ["[2001:DB8::0:1]", "2001:db8::1"],
    ["::ffff:10.0.0.7", "10.0.0.7"],
    ["::ffff:0a00:0007", "10.0.0.7"],
    [" 10.0.0.7 ", "10.0.0.7"],
    ["::1.2.3.4", "::102:304"],
    ["fe80::1%", "fe80::1"],
    ["::ffff:1.2.3.04", null],
    ["1:2:3:4:5:6:7:8:9", null],
    ["10.0.0.01", null],
    ["0x7f000001", null],
    ["pc", null],
  ] as const) {
    assert.equal(canonicalAddress(from), to);
  }
});

test("a Teredo address shows its server and the client behind it", () => {
  assert.deepEqual(teredoParts("2001:0:4136:e378:8000:63bf:3fff:fdd2"), {
    server: "65.54.227.120",
    client: "192.0.2.45",
    port: 40000,
  });
  assert.equal(teredoParts("2001:db8::1"), null);
  assert.equal(teredoParts("10.0.0.1"), null);
});

test("property: every address has a class that is not a name, and a fixed spelling", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      assert.notEqual(classifyHost(address), "name");
      const spelt = canonicalAddress(address)!;
      assert.equal(canonicalAddress(spelt), spelt);
      assert.equal(classifyHost(spelt), classifyHost(address));
    }),
  );
});
