#include "dns/idna.h"

#include <dlfcn.h>
#include <idn2.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

typedef int lookup_fn(const uint8_t *src, uint8_t **out, int flags);
typedef int unicode_fn(const char *src, char **out, int flags);

/* What is used of libidn2. */
struct idn2 {
	void *library;
	lookup_fn *lookup;
	unicode_fn *to_unicode;
};

static void idn2_open(struct idn2 *i)
{
	i->library = dlopen("libidn2.so.0", RTLD_NOW | RTLD_LOCAL);
	void *lookup = i->library != NULL ? dlsym(i->library, "idn2_lookup_u8") : NULL;
	void *to_unicode = i->library != NULL ? dlsym(i->library, "idn2_to_unicode_8z8z") : NULL;

	/* POSIX's way from an object pointer to a function's */
	memcpy(&i->lookup, &lookup, sizeof(lookup));
	memcpy(&i->to_unicode, &to_unicode, sizeof(to_unicode));
}

static void idn2_close(struct idn2 *i)
{
	if (i->library != NULL)
		(void)dlclose(i->library);
}

static char *to_ascii(const struct idn2 *i, const char *utf8, int flags)
{
	uint8_t *found = NULL;

	if (i->lookup == NULL || i->lookup((const uint8_t *)utf8, &found, flags) != IDN2_OK)
		return NULL;
	char *copy = xstrdup((const char *)found);

	free(found);
	return copy;
}

char *idna_ascii(const char *utf8)
{
	struct idn2 i;

	idn2_open(&i);
	char *ascii = to_ascii(&i, utf8, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);

	idn2_close(&i);
	return ascii;
}

static char *to_unicode(const struct idn2 *i, const char *ascii)
{
	char *unicode = NULL;

	if (i->to_unicode == NULL || i->to_unicode(ascii, &unicode, 0) != IDN2_OK)
		return NULL;
	char *copy = xstrdup(unicode);

	free(unicode);
	return copy;
}

/* What does not come back the same is no name that somebody could have meant. */
static bool is_sound(const struct idn2 *i, const char *ascii, const char *unicode)
{
	AUTO(free) char *back = unicode != NULL ? to_ascii(i, unicode, IDN2_NO_TR46) : NULL;

	return back != NULL && streq(back, ascii) && !streq(unicode, ascii);
}

char *idna_unicode(const char *name)
{
	struct idn2 i;

	if (strstr(name, "xn--") == NULL)
		return NULL;
	idn2_open(&i);
	AUTO(free) char *unicode = to_unicode(&i, name);
	bool sound = is_sound(&i, name, unicode);

	idn2_close(&i);
	return sound ? MOVE(unicode) : NULL;
}

/* RFC 5891 §5.3, §5.4: no mapping here, so what is not in NFC or not allowed does not come back the same. */
bool idna_is_a_label(const char *label)
{
	struct idn2 i;

	idn2_open(&i);
	AUTO(free) char *unicode = to_unicode(&i, label);
	bool sound = is_sound(&i, label, unicode);

	idn2_close(&i);
	return sound;
}
