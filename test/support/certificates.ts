// Certificates made for one run of the tests: an authority and what it signed, and one that nobody signed.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  /** The authority's certificate, for `ca`. */
  readonly ca: string;
  /** For localhost and 127.0.0.1. */
  readonly server: KeyPair;
  /** For second.test. */
  readonly second: KeyPair;
  /** For localhost, long over. */
  readonly expired: KeyPair;
  /** For localhost, signed by itself. */
  readonly selfSigned: KeyPair;
  /** For a client named "tester". */
  readonly client: KeyPair;
}

interface Subject {
  name: string;
  extension: string;
  /** Beginning and end of its validity, YYMMDDHHMMSSZ. */
  validity?: readonly [string, string];
}

function openssl(folder: string, args: readonly string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}

const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"] as const;

function sign(folder: string, file: string, { name, extension, validity }: Subject): KeyPair {
  openssl(folder, ["req", ...curve, "-keyout", `${file}.key`, "-out", `${file}.csr`, "-subj", `/CN=${name}`]);
  writeFileSync(join(folder, `${file}.ext`), `[ext]\n${extension}\n`);
  const dates = validity ? ["-startdate", validity[0], "-enddate", validity[1]] : ["-days", "2"];
  const paths = [
    "-in",
    `${file}.csr`,
    "-out",
    `${file}.crt`,
    "-extfile",
    `${file}.ext`,
    "-extensions",
    "ext",
  ];
  openssl(folder, ["ca", "-batch", "-config", "ca.cnf", ...dates, ...paths]);
  return readPair(folder, file);
}

function readPair(folder: string, file: string): KeyPair {
  const read = (kind: string): string => readFileSync(join(folder, `${file}.${kind}`), "utf8");
  return { key: read("key"), cert: read("crt").replace(/^.*?(?=-----BEGIN)/s, "") };
}

const authority = `
[ca]
default_ca = test
[test]
new_certs_dir = .
database = index.txt
rand_serial = yes
certificate = ca.crt
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`;

/** Makes them in a folder of their own, which is gone when this returns. Needs the `openssl` program. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "sluice-certificates-"));
  try {
    writeFileSync(join(folder, "ca.cnf"), authority);
    writeFileSync(join(folder, "index.txt"), "");
    const ownNames = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    openssl(folder, [
      "req",
      "-x509",
      ...curve,
      "-keyout",
      "ca.key",
      "-out",
      "ca.crt",
      "-days",
      "2",
      "-subj",
      "/CN=Test CA",
    ]);
    openssl(folder, [
      "req",
      "-x509",
      ...curve,
      ...ownNames,
      "-keyout",
      "self.key",
      "-out",
      "self.crt",
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
    ]);
    const local = "subjectAltName=DNS:localhost,IP:127.0.0.1";
    return {
      ca: readFileSync(join(folder, "ca.crt"), "utf8"),
      server: sign(folder, "server", { name: "localhost", extension: local }),
      second: sign(folder, "second", { name: "second.test", extension: "subjectAltName=DNS:second.test" }),
      expired: sign(folder, "expired", {
        name: "localhost",
        extension: local,
        validity: ["200101000000Z", "200201000000Z"],
      }),
      selfSigned: readPair(folder, "self"),
      client: sign(folder, "client", { name: "tester", extension: "extendedKeyUsage=clientAuth" }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
