// node bootstrap/run.mjs [--frontend] FILE.ts [args…]   sets the project up where needed, then runs FILE on Node 24
// node bootstrap/run.mjs [--frontend] --bin NAME [args…] the same with the command NAME of an installed package
//
// Nothing is imported statically, so that a Node too old for the rest still reaches the sentence that says so.
if (Number(process.versions.node.split('.')[0]) < 18) {
  console.error(
    `Meower needs Node 18 or newer, and this is ${process.version}: install a newer one (nodejs.org).`,
  );
  process.exitCode = 1;
} else {
  import('./main.mjs').then(({ main }) => main(process.argv.slice(2)));
}
