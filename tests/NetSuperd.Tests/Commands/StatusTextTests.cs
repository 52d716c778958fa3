using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Tests.Commands;

public sealed class StatusTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Status_OfADaemon_IsTablesThatAPersonReads()
    {
        var none = new Dictionary<string, long>();
        var status = new DaemonStatus(
            4711, Now.AddDays(-3), Now.AddHours(-2), "/etc/netsuperd/netsuperd.toml", 3,
            [
                new ServiceStatus(
                    "echo", "handler", "serving", null, Now.AddDays(-3), 2,
                    new Dictionary<string, long> { ["closed"] = 1200, ["reset"] = 3 }, none,
                    [new LimitUse("max_connections", 2, 1000), new LimitUse("rate", 0, 50)]),
                new ServiceStatus(
                    "finger", "child", "failed", "[::]:79: address already in use", Now.AddMinutes(-5), 0,
                    new Dictionary<string, long> { ["unspawned"] = 1, ["killed"] = 0 },
                    new Dictionary<string, long> { ["exec ENOENT"] = 1 }, []),
                new ServiceStatus("ftp", "wait", "paused", null, Now.AddSeconds(-9), 1, none, none, [new LimitUse("rate", 3, 10)]),
            ],
            [
                new SocketStatus("0.0.0.0:7", "tcp", "echo", "echo", "listening", null, Now.AddDays(-3), 0, 12),
                new SocketStatus("[::]:79", "tcp", "finger", "finger", "failed", "address already in use", Now.AddMinutes(-5), null, null),
                new SocketStatus("/run/ftp.sock", "stream", "ftp", "ftp", "resting", null, Now.AddSeconds(-9), 17, null),
            ],
            new LimitUse("max_connections", 6, 10000),
            [new LingeringProcess(99, Now.AddDays(-9), 3) { Version = "0.1.0" }, new LingeringProcess(98, null, null)])
        {
            Version = "0.2.0",
        };

        Assert.Equal(
            """
            netsuperd 4711, version 0.2.0, up 3d, 3 connections
            /etc/netsuperd/netsuperd.toml, applied 2h ago

            SERVICE  KIND     STATE    SINCE  LIVE  ENDED                        REASON
            echo     handler  serving     3d     2  closed 1200, reset 3         -
            finger   child    failed      5m     0  unspawned 1 (exec ENOENT 1)  [::]:79: address already in use
            ftp      wait     paused      9s     1  -                            -

            SOCKET         TRANSPORT  SERVICE  STATE      SINCE  WAITING  DROPPED  REASON
            0.0.0.0:7      tcp        echo     listening     3d        0       12  -
            [::]:79        tcp        finger   failed        5m        -        -  address already in use
            /run/ftp.sock  stream     ftp      resting       9s       17        -  -

            LIMIT            SERVICE  USED   MOST
            max_connections  -           6  10000
            max_connections  echo        2   1000
            rate             ftp         3     10

            LINGERING  UP  CONNECTIONS  VERSION
                   99  9d            3  0.1.0
                   98   -            -  -

            """,
            StatusText.Format(status, Now));
    }

    [Fact]
    public void Status_OfACalmDaemon_HasNoEmptyColumns()
    {
        var status = new DaemonStatus(
            1,
            Now,
            Now,
            null,
            1,
            [new ServiceStatus(
                "echo", "handler", "serving", null, Now, 0, new Dictionary<string, long>(), new Dictionary<string, long>(),
                [new LimitUse("max_connections", 0, 1000)])],
            [new SocketStatus("0.0.0.0:7", "tcp", "echo", "echo", "listening", null, Now, 0, 0)],
            new LimitUse("max_connections", 0, 10000),
            []);

        Assert.Equal(
            """
            netsuperd 1, up 0s, 1 connection
            map of the command line, applied 0s ago

            SERVICE  KIND     STATE    SINCE  LIVE
            echo     handler  serving     0s     0

            SOCKET     TRANSPORT  SERVICE  STATE      SINCE  WAITING
            0.0.0.0:7  tcp        echo     listening     0s        0

            """,
            StatusText.Format(status, Now));
    }

    [Fact]
    public void Format_PortsOfOneEntry_AreARowForEachStateAndAddress()
    {
        SocketStatus Socket(string socket, string state, int? waiting) =>
            new(socket, "tcp", "web", "web", state, state == "failed" ? "address already in use" : null, Now.AddDays(-3), waiting, 0)
            { Entry = "8000-8004,9000/tcp" };
        var text = StatusText.Format(
            new DaemonStatus(
                1, Now, Now, null, 0, [],
                [
                    Socket("0.0.0.0:8000", "listening", 1), Socket("[::]:8000", "listening", 0),
                    Socket("0.0.0.0:8001", "listening", 2), Socket("[::]:8001", "failed", null),
                    Socket("0.0.0.0:8002", "listening", 0), Socket("[::]:8002", "listening", 0),
                    new SocketStatus("0.0.0.0:9", "tcp", "web", "web", "listening", null, Now.AddDays(-3), 0, 0),
                ],
                null, []),
            Now);

        Assert.EndsWith(
            """
            SOCKET             TRANSPORT  SERVICE  STATE      SINCE  WAITING  REASON
            0.0.0.0:8000-8002  tcp        web      listening     3d        3  -
            [::]:8000,8002     tcp        web      listening     3d        0  -
            [::]:8001          tcp        web      failed        3d        -  address already in use
            0.0.0.0:9          tcp        web      listening     3d        0  -

            """,
            text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Connections_AreARowEach()
    {
        ListedConnection[] live =
        [
            new(1, "echo", "TCP", "127.0.0.1:7", "127.0.0.1:4000", Now, 1.5, 4, 4, "established", 0.052, null, 4711, 0.5),
            new(12345, "date", "UNIX", "/run/date.sock", "uid:0 pid:5", Now, 7200, null, null, null, null, 99, 4711),
        ];

        Assert.Equal(
            """
               ID  SERVICE  PROTOCOL  LOCAL           PEER            STATE        AGE  IDLE  RECEIVED  SENT     RTT  PID  PROCESS
                1  echo     TCP       127.0.0.1:7     127.0.0.1:4000  established   1s    0s         4     4  0.05ms    -     4711
            12345  date     UNIX      /run/date.sock  uid:0 pid:5     -             2h     -         -     -       -   99     4711

            """,
            ConnectionsText.Format(live));
    }
}
