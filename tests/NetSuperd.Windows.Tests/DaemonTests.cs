using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetSuperd.Windows.Tests;

/// <summary>The program itself, as an administrator starts it. <c>make windows</c> has built it.</summary>
public sealed class DaemonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Check_AMapOfWindows_IsValid()
    {
        var map = Map("\ufeff[ports]\r\n7 = \"echo\"\r\n\"7/udp\" = \"echo\"\r\n");

        var (status, text) = await TestedProgram.RunAsync("check", "--config", map);

        Assert.Equal((0, true), (status, text.Contains("the map is valid", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("exec = ['C:\\windows\\system32\\cmd.exe']\r\nlimits = { cpu = \"1s\" }", "no limits of setrlimit(2)")]
    [InlineData("handler = \"echo\"\r\nuser = \"me\"", "no users and groups by number")]
    [InlineData("handler = \"echo\"\r\nwait = true", "no other process can have a listening socket")]
    public async Task Check_WhatWindowsHasNot_IsAnErrorAtItsLine(string service, string reason)
    {
        var map = Map($"[ports]\r\n7 = \"it\"\r\n\r\n[services.it]\r\n{service}\r\n");

        var (status, text) = await TestedProgram.RunAsync("check", "--config", map);

        Assert.Equal(78, status);
        Assert.Contains(reason, text, StringComparison.Ordinal);
        var line = service.Contains("\r\n", StringComparison.Ordinal) ? 6 : 5;
        Assert.Contains($"map.toml:{line}:1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AMap_ServesConnectionsAndDatagrams()
    {
        var port = TestedProgram.FreePort();
        var map = Map($"[ports]\r\n{port} = \"echo\"\r\n\"{port}/udp\" = \"echo\"\r\n");
        using var daemon = await TestedProgram.ServeAsync(map);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, Cancel);
            using var answer = new StreamReader(client.GetStream());
            await client.GetStream().WriteAsync("TEST"u8.ToArray(), Cancel);
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal("TEST", await answer.ReadToEndAsync(Cancel));

            using var datagrams = new UdpClient();
            await datagrams.SendAsync("DATA"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, port), Cancel);
            var received = await datagrams.ReceiveAsync(Cancel).AsTask().WaitAsync(TestedProgram.Patience, Cancel);
            Assert.Equal("DATA", Encoding.ASCII.GetString(received.Buffer));
        }
        finally
        {
            daemon.Kill();
        }
    }

    [Fact]
    public async Task Run_AServiceWithAProgram_AnswersManyClientsTogether()
    {
        var find = Path.Combine(Environment.SystemDirectory, "find.exe");
        var port = TestedProgram.FreePort();
        var map = Map($"[ports]\r\n{port} = \"find\"\r\n[services.find]\r\nexec = ['{find}', 'a']\r\n");
        using var daemon = await TestedProgram.ServeAsync(map);
        try
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, Cancel);
                using var answer = new StreamReader(client.GetStream());
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"a{number}\r\nb\r\n"), Cancel);
                client.Client.Shutdown(SocketShutdown.Send);
                return await answer.ReadToEndAsync(Cancel).WaitAsync(TestedProgram.Patience, Cancel);
            }));

            Assert.Equal(Enumerable.Range(0, 20).Select(number => $"a{number}\r\n"), answers);
        }
        finally
        {
            daemon.Kill();
        }
    }

    private string Map(string text)
    {
        var path = Path.Combine(_folder, "map.toml");
        File.WriteAllText(path, text);
        return path;
    }
}
