#include "ca/policy/network.h"

#include <arpa/inet.h>
#include <string.h>

struct network {
	unsigned char prefix[16];
	size_t len; /* of an address: 4 or 16 */
	unsigned bits;
};

struct networks {
	struct network *items;
	size_t count;
};

static size_t read_address(unsigned char out[16], const char *text)
{
	if (inet_pton(AF_INET, text, out) == 1)
		return 4;
	return inet_pton(AF_INET6, text, out) == 1 ? 16 : 0;
}

static bool same_prefix(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned rest = bits % 8;
	unsigned mask = 0xff00u >> rest & 0xffu;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

static bool is_clear_behind(const struct network *n)
{
	for (unsigned bit = n->bits; bit < n->len * 8; bit++)
		if (n->prefix[bit / 8] & 0x80u >> bit % 8)
			return false;
	return true;
}

static bool read_network(struct network *out, const char *text)
{
	AUTO(free) char *address = xstrndup(text, strcspn(text, "/"));
	const char *slash = strchr(text, '/');
	int64_t bits;

	out->len = read_address(out->prefix, address);
	bits = (int64_t)out->len * 8;
	if (out->len == 0 || (slash != NULL && !str_to_int(slash + 1, 0, bits, &bits)))
		return false;
	out->bits = (unsigned)bits;
	return is_clear_behind(out);
}

struct err *networks_new(struct networks **out, const struct strlist *list)
{
	AUTO(networks_free) struct networks *n = xcalloc(1, sizeof(*n));

	n->items = xcalloc(list->count + 1, sizeof(*n->items));
	for (size_t i = 0; i < list->count; i++)
		if (!read_network(&n->items[n->count++], list->items[i]))
			return err_new(ERR_CONFIG,
				       "\"%s\" is no network such as 10.0.0.0/8 or 2001:db8::/32",
				       list->items[i]);
	*out = MOVE(n);
	return NULL;
}

bool networks_have(const struct networks *n, const char *address)
{
	unsigned char bytes[16];
	size_t len = read_address(bytes, address);

	for (size_t i = 0; i < n->count; i++)
		if (n->items[i].len == len &&
		    same_prefix(bytes, n->items[i].prefix, n->items[i].bits))
			return true;
	return false;
}

void networks_free(struct networks *n)
{
	if (n == NULL)
		return;
	free(n->items);
	free(n);
}
