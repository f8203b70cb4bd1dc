/* What is part of the language and not carried out yet. It is refused when it differs from what the
 * machines of this version do anyway, so that whatever is accepted is honoured. Who builds one of
 * these takes its row out; check (check_later.c) and the reference page follow.
 */
#ifndef COMPILER_LATER_H
#define COMPILER_LATER_H

/* X(word, field, code, it wants more than is there, "in this version, ...", "hint")
 * `it` is the declaration: a struct model_WORD. */
#define LATER_FIELDS(X)                                                                            \

#endif
