/* Which camera addresses are opened: a narrow form, so that nothing surprising reaches a library.
 */
#ifndef RECORDER_URL_H
#define RECORDER_URL_H

#include <stdbool.h>

/* True for rtsp://[user[:password]@]host[:port][/path] of printable characters without spaces,
 * quotes, backslashes or angle brackets. Otherwise false with the reason in `cause`
 * (RECORDER_CAUSE_MAX bytes), never with the address. */
bool url_accept(const char *url, char *cause);

#endif
