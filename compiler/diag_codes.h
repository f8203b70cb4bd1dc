/* Every diagnostic code and what `understudy explain CODE` says about it. A code keeps its meaning
 * for ever. */
#ifndef COMPILER_DIAG_CODES_H
#define COMPILER_DIAG_CODES_H

/* X(code, "explanation") */
#define DIAG_CODES(X)                                                                              \
    X(E101, "The file is not sound Lua: often a comma between two fields or a closing brace is "   \
            "missing shortly before the place that is named.")                                     \
    X(E102, "The Lua code in the file failed while it ran.")                                       \
    X(E103, "A word was used that is neither part of the language nor assigned in the file. "      \
            "`understudy words` lists the language.")                                              \
    X(E104, "An include failed. Included files lie inside the folder of the topology, are named "  \
            "relative to it, and do not include each other in a circle.")                          \
    X(E105, "The file used more processor time than a topology may. Mostly a loop does not end.")  \
    X(E106, "The file used more memory than a topology may.")                                      \
    X(E107, "A declaration has a name but no body, or a part of an outage stands outside of one. " \
            "Without this error it would be lost without a word.")                                 \
    X(E108, "A word was used in another form than word \"name\" { field = value }.")               \
    X(E109, "Names become parts of file paths and of messages. So a name has 1 to 63 letters, "    \
            "digits, '-', '_' or '.', and begins with a letter or a digit.")                       \
    X(E110, "The word has no such field. `understudy words WORD` lists its fields.")               \
    X(E111, "A field stands twice in one table. Lua would keep the last one silently.")            \
    X(E112, "The value is of another kind than the field takes. Nothing is converted silently.")   \
    X(E113, "A quantity is a text with a unit, such as \"20 s\": a bare number could mean "        \
            "anything.")                                                                           \
    X(E114, "A quantity is one or more whole numbers with units: \"20 s\", \"1 h 30 min\", "       \
            "\"4 TiB\", \"4 Mbit/s\".")                                                            \
    X(E115, "The value is outside of what the field allows.")                                      \
    X(E116, "The field takes one of a few words only.")                                            \
    X(E117, "A field that has no default is missing.")                                             \
    X(E118, "Texts are UTF-8 without control characters, not empty and of a bounded length: they " \
            "reach file names, logs and other programs.")                                          \
    X(E119, "There is more of something than this version carries.")                               \
    X(E120, "The file could not be read.")                                                         \
    X(E201, "A name is used that nothing of that kind declares.")                                  \
    X(E202, "Two declarations of one kind have the same name, or there are two sites.")            \
    X(E203, "A topology declares at least one server.")                                            \
    X(E204, "A server cannot be the standby of itself.")                                           \
    X(E205, "A standby records on its own archive volumes, never on one that only the main names " \
            "(R4): without an archive it could record nothing.")                                   \
    X(E206, "A server that owns cameras needs a volume to record them on.")                        \
    X(E207, "An address is host:port. The host is a name, an IPv4 address or an IPv6 address in "  \
            "brackets, the port a number from 1 to 65535.")                                        \
    X(E208, "Two servers cannot listen on one address.")                                           \
    X(E209, "A camera's URL is rtsp://, rtsps://, http:// or https:// with host[:port]/path, or "  \
            "udp:// or rtp:// with the address and port, in figures, at which its MPEG-TS "        \
            "arrives, or file: with the name of a clip. There are no spaces, quotes and control "  \
            "characters in it.")                                                                   \
    X(E210, "A deployment is copied to every server and is readable there: a user name and "       \
            "password do not belong into it. The camera names a secret (credentials), and each "   \
            "server finds it under that name in the file that its node has with --secrets.")       \
    X(E211, "A volume is either a local path or a directory on a NAS: it has exactly one of the "  \
            "fields path and nas.")                                                                \
    X(E212, "Two volumes in one directory would each count and drop the footage of the other.")    \
    X(E213, "A failover transfers cameras of the server that it monitors, and no others.")         \
    X(E214, "Only one failover manager may limit the whole site (R14).")                           \
    X(E215, "Two failover managers under one standby: which limit holds would be unclear (R14).")  \
    X(E216, "The count of a failover manager under a standby is kept by that standby, so `on` is " \
            "for the manager of the whole site only.")                                             \
    X(E217, "A name stands twice in one list.")                                                    \
    X(E218, "The directory of a volume is an absolute path without '.' and '..' parts.")           \
    X(E219, "The list of a server's volumes, its fallback included, is longer than a recorder "    \
            "handles.")                                                                            \
    X(E220,                                                                                        \
      "A standby watches a main once. Two failovers between the same two servers would each "      \
      "take its cameras over.")                                                                    \
    X(E221, "A witness is an address host:port, like that of a server.")                           \
    X(E222,                                                                                        \
      "A hook is a program by its absolute path without '.' and '..' parts: where a node was "     \
      "started must not matter. What it is run with follows as texts of their own, for it is run " \
      "as it is, without a shell.")                                                                \
    X(E223,                                                                                        \
      "An endpoint of etcd is http://host:port or https://host:port; with https, ca says by "      \
      "whom it must be certified, and cert and key go together.")                                  \
    X(E224, "A time zone is a name of the tz database, such as UTC or Europe/Berlin.")             \
    X(E225,                                                                                        \
      "Members of etcd decide by majority. Of two, both are needed: the coordinator would stop "   \
      "when either fails, sooner than with one.")                                                  \
    X(E226,                                                                                        \
      "A hot camera is read by its main and by each of its standbys all the time, so it has "      \
      "to accept so many readers.")                                                                \
    X(E227,                                                                                        \
      "Servers that share a network storage judge each other by what it shows of them. A time "    \
      "below what `understudy volume probe` has measured there makes a server that lives look "    \
      "dead, or a claim fail.")                                                                    \
    X(E301, "An outage names something that the topology does not declare.")                       \
    X(E302, "An outage holds at \"TIME\" { acts }, expect { expectations } and the field lasts, "  \
            "and nothing else.")                                                                   \
    X(E303, "The act comes after the outage has ended, so it would never happen.")                 \
    X(E304, "A path has two different ends.")                                                      \
    X(E305, "An outage file declares at least one outage.")                                        \
    X(E306, "No failover makes of that server what the expectation is about.")                     \
    X(E307, "An act must be possible when it is due: what has failed cannot fail again, what is "  \
            "whole cannot be repaired, and who is down takes no orders.")                          \
    X(E308, "The expectation would always hold, so it says nothing.")                              \
    X(W201, "If all mains fail that may fall on this standby at once, it has more to do than its " \
            "declared capacity (R8).")                                                             \
    X(W202, "The failover would transfer nothing.")                                                \
    X(W203, "If this server fails, nobody records its cameras.")                                   \
    X(W204, "Of a warm camera, memory keeps the last 60 s. When the take-over comes later than "   \
            "that after the loss, the footage in between is gone.")                                \
    X(W205, "Two cameras with one URL record the same pictures twice.")                            \
    X(W206, "A main is judged dead after heartbeat x misses without a sign. Under half a second, " \
            "a busy machine or network looks like a dead one.")                                    \
    X(W207,                                                                                        \
      "With failback = \"manual\" the cameras return when an operator says so, and hold_down "     \
      "is never waited for.")                                                                      \
    X(W208, "The failover manager limits nothing, because no failover is under it.")               \
    X(W209, "A standby further down waits for the claim of the one before it (R24). When that "    \
            "time is shorter than a heartbeat, a claim may not have been heard.")                  \
    X(W210, "A claim on shared storage or with a coordinator shows that a main is alive although " \
            "the connection to it is lost (R30, R45). For that its lease outlives the detection, " \
            "heartbeat x misses, and more than one renewal, of which one comes each heartbeat.")   \
    X(W211, "Licences that are bound to a server hold for the time of grace after a transfer; "    \
            "then the standby stops recording what it carries (R9 to R11). The site says that a "  \
            "repair may take longer (repair).")                                                    \
    X(W212, "After its start a main asks its standbys whether they carry it, for ask_wait. If "    \
            "that is shorter than a heartbeat it records before they can answer, beside the one "  \
            "that carries it (R22).")                                                              \
    X(W213, "Standbys of one main have an order (R24), and each begins after the detection, its "  \
            "own wait, for a lower one the claim time, and what is left of a lease (R45). One "    \
            "that begins no earlier than the next never comes first, or by chance only.")          \
    X(W214, "When the main dies, the coordinator has to decide, with one member less. With two "   \
            "members on mains, two deaths can stop it.")                                           \
    X(W215, "The main records on a NAS that its standby could use as well (R6): then one archive " \
            "is there whichever of them works. Apart, the footage of an outage is found on the "   \
            "volumes of the standby only, and the archive verbs show both when they are given "    \
            "both.")                                                                               \
    X(W216, "In the reference product the archives of several mains mix when their standby "       \
            "records on their drives (R7). Here every server writes under its own name and epoch " \
            "(R31), nobody appends to the files of another, and the archive verbs show the union " \
            "(R33). Two things remain: the standby takes its space from the mains, and one "       \
            "storage is all there is. A volume of its own for the standby, as fallback or in its " \
            "archive, ends both.")                                                                 \
    X(W301, "The acts of an outage happen in order of time, wherever they are written. A time "    \
            "that is earlier than the one above it may be mistyped.")                              \
    X(N201, "Several mains and their standby record on one NAS. In the reference product such "    \
            "archives mix. Here every server writes under its own name and epoch (R31), nobody "   \
            "appends to the files of another, and the archive verbs show the union (R33).")        \
    X(N202, "A standby records on its own volumes (R4). Where the main has none of them, the "     \
            "footage of an outage is found on the volumes of the standby; the archive verbs show " \
            "it when they are given these. The standby copies it to the main's volumes in the "    \
            "background (R34) if they are mounted on it under the same paths; for a disk inside "  \
            "another machine, export it to the standby, or give both a NAS.")                      \
    X(N203, "Single point of failure: servers that record on one NAS and on nothing else stop "    \
            "recording with it, mains and standbys alike. The field fallback names a local "       \
            "volume for that time (R35).")                                                         \
    X(N204,                                                                                        \
      "Single point of failure: with when_unreachable = \"hold\" no take-over happens "            \
      "while the server that keeps the count is out of reach (R38), unless a coordinator, or a "   \
      "NAS that all servers under it share, counts beside it.")                                    \
    X(N205, "Single point of failure: while the only standby of a main is down, the main has "     \
            "none.")                                                                               \
    X(N206, "The field objects selects what is transferred (R3). A camera that no failover of "    \
            "its main selects is not recorded while the main is dead. Without the field, all are " \
            "transferred.")                                                                        \
    X(N207, "A limit bounds how many mains are carried, and not how many are waited for: warm "    \
            "cameras of a silent main are read into memory, also while it is in the queue. With "  \
            "arm = \"cold\" they are not.")                                                        \
    X(N208,                                                                                        \
      "Single point of failure: two servers whose addresses name one machine fail together.")      \
    X(N209, "Single point of failure: an etcd of one member. Three go on when one of them fails.") \
    X(N210, "With licence_bound, the cameras of a dead main are recorded by its standby until "    \
            "grace has run out (R9 to R11), so that is how long a repair may take.")               \
    X(N211, "Who decides about take-overs should be known: with https, ca, cert and key, members " \
            "and servers prove who they are, and nobody between them can read or change a claim.") \
    X(N212,                                                                                        \
      "Of a main one claim is kept, for all that is carried of it (R30), by the coordinator or "   \
      "on the volume on the network that the main and all its standbys name. Where "               \
      "the failovers of a main list different cameras, two standbys may rightly carry it at "      \
      "once, so nobody decides between them.")
#endif
