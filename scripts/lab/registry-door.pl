#!/usr/bin/env perl
# The door of the lab's registry: one HTTP request from standard input to the registry and back, unless the file says
# that something goes wrong. Run once a connection, behind TLS; so each connection carries one request.
#
#     registry-door.pl PORT FILE
#
# FILE, read at each request; WHERE is a part of the path that has to be there, else all of them:
#     answer STATUS [WHERE]   that status instead of an answer
#     stall [WHERE]           the head and 1000 bytes of the answer, then nothing more
#     cut [WHERE]             the head and 1000 bytes of the answer, then the end
#     slow BYTES [WHERE]      the answer, so many bytes a second
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

my ($port, $file) = @ARGV;
my $PIECE = 1000;
# As the registry's own API calls them.
my %CODES = (401 => 'UNAUTHORIZED', 403 => 'DENIED', 404 => 'MANIFEST_UNKNOWN', 429 => 'TOOMANYREQUESTS');
binmode $_ for *STDIN, *STDOUT;

# A head, up to its empty line, from a file handle; what came after it stays in the second value.
sub head {
    my ($from) = @_;
    my $text = '';
    while ($text !~ /\r\n\r\n/) {
        sysread $from, $text, 65536, length $text or exit;
    }
    my ($head, $rest) = split /(?<=\r\n\r\n)/, $text, 2;
    return ($head, $rest // '');
}

sub send_all {
    my ($to, $bytes) = @_;
    while (length $bytes) {
        my $sent = syswrite $to, $bytes or exit;
        substr $bytes, 0, $sent, '';
    }
}

# The fault that is set for this path: its name and its number.
sub fault {
    my ($path) = @_;
    open my $lines, '<', $file or return ('');
    my ($kind, @words) = split ' ', <$lines> // '';
    my $number = ($kind // '') =~ /^(answer|slow)$/ ? shift @words : 0;
    return defined $kind && index($path, $words[0] // '') >= 0 ? ($kind, $number) : ('');
}

my ($request, $body) = head(*STDIN);
my ($method, $path) = split ' ', $request;
my ($kind, $number) = fault($path);
if ($kind eq 'answer') {
    my $code = $CODES{$number} // 'UNKNOWN';
    my $text = qq({"errors":[{"code":"$code","message":"the lab makes this fail"}]});
    my $login = $number == 401 ? "Www-Authenticate: Basic realm=\"lab\"\r\n" : '';
    send_all(*STDOUT, "HTTP/1.1 $number Fault\r\nContent-Type: application/json\r\n${login}Content-Length: "
        . length($text) . "\r\nConnection: close\r\n\r\n" . ($method eq 'HEAD' ? '' : $text));
    exit;
}

my $registry = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or exit;
# The registry closes when it has answered, so no body needs to be understood.
$request =~ s/^Connection:.*\r\n//mi;
$request =~ s/\r\n\r\n$/\r\nConnection: close\r\n\r\n/;
send_all($registry, $request . $body);

my $answer = '';    # what the registry said until its head was whole
my $passed = 0;
my $select = IO::Select->new($registry, *STDIN);
while (my @ready = $select->can_read) {
    for my $from (@ready) {
        if (!sysread $from, my $bytes, $kind eq 'slow' ? $number : 65536) {
            exit if $from == $registry;
            $select->remove($from);
        } elsif ($from == $registry) {
            pass($bytes);
        } else {
            send_all($registry, $bytes);
        }
    }
}

# A piece of the answer, on to the client; only the body is what a fault is about.
sub pass {
    my ($bytes) = @_;
    if (!$passed && ($answer .= $bytes) =~ /\r\n\r\n/) {
        my ($head, $rest) = split /(?<=\r\n\r\n)/, $answer, 2;
        send_all(*STDOUT, $head);
        ($passed, $bytes) = (1, $rest // '');
    } elsif (!$passed) {
        return;
    }
    return if $bytes eq '';
    if ($kind eq 'stall' || $kind eq 'cut') {
        send_all(*STDOUT, substr $bytes, 0, $PIECE);
        sleep if $kind eq 'stall';
        exit;
    }
    send_all(*STDOUT, $bytes);
    select undef, undef, undef, length($bytes) / $number if $kind eq 'slow';
}
