/* What the parser and the editor of the tree share. */
#pragma once

#include "plugins/apache/tree.h"

/* Links n into parent before `before`, or as the last child when that is NULL. */
void apache_link(struct apache_node *parent, struct apache_node *n, struct apache_node *before);
void apache_unlink(struct apache_node *n);
void apache_node_free(struct apache_node *n); /* and its children */
AUTO_FREE(struct apache_node, apache_node_free)
