// Imported before everything else: name lookups of the operating system run on libuv's pool of threads, four by default and half of them at most
// for lookups. One dead domain would hold up the lookups of unrelated probes (nodejs/node#8436). The pool reads its size at its first use.
process.env['UV_THREADPOOL_SIZE'] ??= '32';
