#include "base/opt.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

/* What one word of argv turned out to be. */
struct match {
	bool option; /* starts like an option, known or not */
	bool known;
	size_t spec;
	const char *name;
	const char *value; /* behind "=" or a short option's letter; NULL: none */
};

struct scan {
	struct opt_items *out;
	const struct opt_table *t;
	size_t argc;
	char *const *argv;
	size_t next;
};

static const struct opt_spec *spec_at(const struct opt_table *t, size_t index)
{
	return t->at(t->ctx, index);
}

static bool find_len(size_t *spec, const char **name, const struct opt_table *t, const char *text,
		     size_t len)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct opt_spec *s = spec_at(t, i);

		for (size_t n = 0; n < OPT_NAMES_MAX && s->names[n] != NULL; n++) {
			if (strlen(s->names[n]) != len || memcmp(s->names[n], text, len) != 0)
				continue;
			*spec = i;
			*name = s->names[n];
			return true;
		}
	}
	return false;
}

bool opt_find(size_t *spec, const struct opt_table *t, const char *name)
{
	const char *found = NULL;

	return find_len(spec, &found, t, name, strlen(name));
}

char *opt_display(const struct opt_spec *s)
{
	struct buf b = BUF_INIT(LIMIT_KIB(1));

	for (size_t n = 0; n < OPT_NAMES_MAX && s->names[n] != NULL; n++)
		buf_addf(&b, "%s%s", n > 0 ? "/" : "", s->names[n]);
	return buf_detach(&b);
}

static bool is_long(const char *word)
{
	return str_starts(word, "--");
}

/* Every long name that starts with the first len bytes of word. Two names of one option are two. */
static size_t find_prefix(struct match *m, struct buf *names, const struct opt_table *t,
			  const char *word, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct opt_spec *s = spec_at(t, i);

		for (size_t n = 0; n < OPT_NAMES_MAX && s->names[n] != NULL; n++) {
			if (strncmp(s->names[n], word, len) != 0)
				continue;
			m->spec = i;
			m->name = s->names[n];
			buf_addf(names, "%s%s", count++ > 0 ? ", " : "", s->names[n]);
		}
	}
	return count;
}

static struct err *match_long(struct match *m, const struct opt_table *t, const char *word)
{
	AUTO(buf_release) struct buf names = BUF_INIT(LIMIT_KIB(4));
	size_t len = strcspn(word, "=");

	if (word[len] == '=')
		m->value = word + len + 1;
	m->known = find_len(&m->spec, &m->name, t, word, len);
	if (m->known || len <= 2)
		return NULL;
	size_t count = find_prefix(m, &names, t, word, len);

	if (count > 1)
		return err_new(ERR_USAGE, "ambiguous option: %.*s could match %s", (int)len, word,
			       buf_str(&names));
	m->known = count == 1;
	return NULL;
}

static void match_short(struct match *m, const struct opt_table *t, const char *word)
{
	m->known = find_len(&m->spec, &m->name, t, word, 2);
	m->value = word[2] != '\0' ? word + 2 : NULL;
}

static bool is_negative_number(const char *word)
{
	const char *p = word + 1 + strspn(word + 1, "0123456789");

	if (*p == '.' && isdigit((unsigned char)p[1]))
		p += 1 + strspn(p + 1, "0123456789");
	return *p == '\0' && p > word + 1;
}

static struct err *match_word(struct match *m, const struct opt_table *t, const char *word)
{
	*m = (struct match){ 0 };
	if (word[0] != '-' || word[1] == '\0')
		return NULL;
	if (is_long(word))
		TRY(match_long(m, t, word));
	else
		match_short(m, t, word);
	m->option = m->known || (!is_negative_number(word) && strchr(word, ' ') == NULL);
	return NULL;
}

void opt_items_add(struct opt_items *l, struct opt_item item)
{
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count++] = item;
}

void opt_items_release(struct opt_items *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].text);
	free(l->items);
	*l = (struct opt_items){ 0 };
}

static void add_word(struct scan *s, enum opt_kind kind, const char *word)
{
	opt_items_add(s->out, (struct opt_item){ .kind = kind, .text = xstrdup(word) });
}

static void add_option(struct scan *s, const struct match *m, const char *value)
{
	opt_items_add(s->out, (struct opt_item){ .kind = OPT_OPTION,
						 .spec = m->spec,
						 .name = m->name,
						 .text = value != NULL ? xstrdup(value) : NULL });
}

static struct err *complain(const struct scan *s, const struct match *m, const char *why,
			    const char *value)
{
	AUTO(free) char *names = opt_display(spec_at(s->t, m->spec));

	if (value == NULL)
		return err_new(ERR_USAGE, "argument %s: %s", names, why);
	return err_new(ERR_USAGE, "argument %s: %s '%s'", names, why, value);
}

/* The value of an option that needs one and has none attached: the next word, unless that is an option. */
static struct err *take_value(struct scan *s, const struct match *m)
{
	struct match following = { .option = true };

	if (s->next < s->argc && !streq(s->argv[s->next], "--"))
		TRY(match_word(&following, s->t, s->argv[s->next]));
	if (following.option)
		return complain(s, m, "expected one argument", NULL);
	add_option(s, m, s->argv[s->next++]);
	return NULL;
}

/* -vvn: each letter is an option; the first that takes a value takes the rest. */
static struct err *take_bundle(struct scan *s, struct match m)
{
	while (!spec_at(s->t, m.spec)->takes_value) {
		const char *rest = m.value;
		char letter[] = { '-', rest != NULL ? rest[0] : '\0', '\0' };
		struct match following = { 0 };

		add_option(s, &m, NULL);
		if (rest == NULL)
			return NULL;
		match_short(&following, s->t, letter);
		if (!following.known)
			return complain(s, &m, "ignored explicit argument", rest);
		following.value = rest[1] != '\0' ? rest + 1 : NULL;
		m = following;
	}
	if (m.value == NULL)
		return take_value(s, &m);
	add_option(s, &m, m.value[0] == '=' ? m.value + 1 : m.value);
	return NULL;
}

static struct err *take_option(struct scan *s, const struct match *m)
{
	bool takes_value = spec_at(s->t, m->spec)->takes_value;

	if (!is_long(m->name))
		return take_bundle(s, *m);
	if (takes_value && m->value == NULL)
		return take_value(s, m);
	if (!takes_value && m->value != NULL)
		return complain(s, m, "ignored explicit argument", m->value);
	add_option(s, m, m->value);
	return NULL;
}

struct err *opt_scan(struct opt_items *out, const struct opt_table *t, size_t argc,
		     char *const *argv)
{
	AUTO(opt_items_release) struct opt_items found = { 0 };
	struct scan s = { .out = &found, .t = t, .argc = argc, .argv = argv };
	bool ended = false;

	while (s.next < argc) {
		const char *word = argv[s.next++];
		struct match m = { 0 };

		if (!ended && streq(word, "--")) {
			ended = true;
			continue;
		}
		if (!ended)
			TRY(match_word(&m, t, word));
		if (m.known)
			TRY(take_option(&s, &m));
		else
			add_word(&s, m.option ? OPT_UNKNOWN : OPT_WORD, word);
	}
	*out = found;
	found = (struct opt_items){ 0 };
	return NULL;
}
