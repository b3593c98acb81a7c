// An S3 server on loopback with one bucket, `plant`, in the folder that its argument names. Prints its address; ends with its standard input.
import S3rver from 's3rver';

const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: process.argv[2], configureBuckets: [{ name: 'plant' }] });
const { port } = await server.run();
process.stdout.write(`http://127.0.0.1:${port}\n`);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
