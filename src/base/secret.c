#include "base/secret.h"

#include <string.h>

void secret_set(struct secret *s, const void *data, size_t len)
{
	unsigned char *copy = xmemdup(data, len);

	secret_release(s);
	s->data = copy;
	s->len = len;
}

void secret_release(struct secret *s)
{
	if (s->data != NULL)
		explicit_bzero(s->data, s->len);
	free(s->data);
	*s = (struct secret){ 0 };
}
