// node bootstrap/run.mjs [--frontend] FILE [args…]   sets the project up where needed, then runs FILE on Node 24
//
// The npm scripts start here, on any Node that the machine has. Nothing is imported statically, so that a Node too old
// for the rest still prints the sentence.
if (Number(process.versions.node.split('.')[0]) < 18) {
  console.error(`Meower needs Node 18 or newer, and this is ${process.version}: install a newer one.`);
  process.exitCode = 1;
} else {
  import('./set-up.mjs').then(({ setUpAndRun }) => setUpAndRun(process.argv.slice(2)));
}
