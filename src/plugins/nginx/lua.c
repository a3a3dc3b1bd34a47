/* Where a block in Lua ends: its braces count, but for those in its strings and comments (Lua 5.1 §2.1). */
#include <string.h>

#include "plugins/nginx/lexer.h"

static char peek(const struct lexer *l, size_t ahead)
{
	return l->at + ahead < l->len ? l->text[l->at + ahead] : '\0';
}

static void skip(struct lexer *l, size_t count)
{
	for (; count > 0 && l->at < l->len; count--)
		l->line += l->text[l->at++] == '\n';
}

/* The level of "[==[" at l is 2; -1: no long bracket opens here. */
static int long_bracket(const struct lexer *l)
{
	size_t level = 0;

	if (peek(l, 0) != '[')
		return -1;
	while (peek(l, 1 + level) == '=')
		level++;
	return peek(l, 1 + level) == '[' ? (int)level : -1;
}

static bool closes(const struct lexer *l, size_t level)
{
	size_t i = 0;

	while (i < level && peek(l, 1 + i) == '=')
		i++;
	return peek(l, 0) == ']' && i == level && peek(l, 1 + level) == ']';
}

static void skip_long(struct lexer *l, size_t level)
{
	skip(l, level + 2);
	while (l->at < l->len && !closes(l, level))
		skip(l, 1);
	skip(l, level + 2);
}

static void skip_string(struct lexer *l)
{
	char quote = peek(l, 0);

	skip(l, 1);
	while (l->at < l->len && peek(l, 0) != quote)
		skip(l, peek(l, 0) == '\\' ? 2 : 1);
	skip(l, 1);
}

static void skip_comment(struct lexer *l)
{
	skip(l, 2);
	int level = long_bracket(l);

	if (level >= 0)
		skip_long(l, (size_t)level);
	else
		while (l->at < l->len && peek(l, 0) != '\n')
			skip(l, 1);
}

/* One piece of Lua; braces are told to the caller by depth. */
static void skip_piece(struct lexer *l, size_t *depth)
{
	char c = peek(l, 0);
	int level = long_bracket(l);

	if (level >= 0) {
		skip_long(l, (size_t)level);
	} else if (c == '"' || c == '\'') {
		skip_string(l);
	} else if (c == '-' && peek(l, 1) == '-') {
		skip_comment(l);
	} else {
		*depth += c == '{';
		*depth -= c == '}';
		skip(l, 1);
	}
}

struct err *lexer_skip_lua(struct lexer *l, unsigned opened)
{
	size_t depth = 1;

	while (depth > 0 && l->at < l->len)
		skip_piece(l, &depth);
	if (depth > 0)
		return err_new(ERR_PARSE,
			       "line %u: the Lua block that opens here has no \"}\" that ends it",
			       opened);
	return NULL;
}
