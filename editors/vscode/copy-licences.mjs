// The package carries the licences that the repository keeps at its root.
import fs from 'node:fs';

for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) {
  fs.copyFileSync(new URL(`../../${name}`, import.meta.url), new URL(name, import.meta.url));
}
