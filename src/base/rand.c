#include "base/rand.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static void system_bytes(const struct rand_source *r, void *out, size_t len)
{
	unsigned char *p = out;

	(void)r;
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno != EINTR)
			abort(); /* ENOSYS or EFAULT: nothing secret can be made on such a system */
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

const struct rand_source system_random = { .bytes = system_bytes };

uint64_t rand_below(const struct rand_source *r, uint64_t bound)
{
	uint64_t spare = (UINT64_MAX % bound + 1) %
			 bound; /* values at the top that would favour small results */
	uint64_t n;

	do
		r->bytes(r, &n, sizeof(n));
	while (n > UINT64_MAX - spare);
	return n % bound;
}
