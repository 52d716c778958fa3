using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

/// <summary>
/// What one socket of this host has sent to another: it may be on its way when the call that sends it has returned, since the system
/// delivers packets later when it is busy.
/// </summary>
internal static class Arrival
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits until something can be read.</summary>
    public static void AwaitOn(Socket socket) => Assert.True(socket.Poll(Patience, SelectMode.SelectRead), "something arrives");
}
