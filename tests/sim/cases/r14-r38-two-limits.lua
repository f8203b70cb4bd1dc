-- Where the host of the site's manager is out of reach, a standby goes by its own limit alone.
include "r14-r15-r17-two-limits.lua"
