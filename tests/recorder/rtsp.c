/* rtsp: a camera of any kind by RTSP, for tests. libvlc sends a clip as it is, pictures and sound.
 * usage: rtsp CLIP PORT   (on 127.0.0.1, the path is /stream1; ends with its parent) */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <vlc/vlc.h>

int main(int count, char **arguments)
{
    static const char *const options[] = {"--no-video-title-show", "--quiet",
                                          "--rtsp-host=127.0.0.1", "--rtsp-timeout=0"};
    libvlc_instance_t *library;
    libvlc_media_player_t *player;
    libvlc_media_t *media;
    char out[128];

    if (count != 3) {
        fputs("usage: rtsp CLIP PORT\n", stderr);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    library = libvlc_new(sizeof(options) / sizeof(*options), options);
    media = library == NULL ? NULL : libvlc_media_new_path(library, arguments[1]);
    if (media == NULL)
        return 3;
    snprintf(out, sizeof(out), ":sout=#rtp{sdp=rtsp://127.0.0.1:%.5s/stream1}", arguments[2]);
    libvlc_media_add_option(media, out);
    libvlc_media_add_option(media, ":sout-all");
    player = libvlc_media_player_new_from_media(media);
    if (player == NULL || libvlc_media_player_play(player) != 0)
        return 3;
    pause();
    return 0;
}
