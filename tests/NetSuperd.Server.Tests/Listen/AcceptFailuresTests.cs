using System.Net.Sockets;
using System.Reflection;
using NetSuperd.Platform;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

public sealed class AcceptFailuresTests
{
    // accept(2) ERRORS: error numbers of Linux and what is to be done about them.
    public static TheoryData<string, int, string> Numbers => new()
    {
        { "EMFILE", 24, "Exhausted" }, { "ENFILE", 23, "Exhausted" }, { "ENOBUFS", 105, "Exhausted" }, { "ENOMEM", 12, "Exhausted" },
        { "ECONNABORTED", 103, "Client" }, { "ECONNRESET", 104, "Client" }, { "EPROTO", 71, "Client" }, { "EPERM", 1, "Client" },
        { "EINTR", 4, "Client" }, { "EAGAIN", 11, "None" }, { "ENETDOWN", 100, "Client" }, { "ENOPROTOOPT", 92, "Client" },
        { "EHOSTDOWN", 112, "Client" }, { "ENONET", 64, "Client" }, { "EHOSTUNREACH", 113, "Client" }, { "EOPNOTSUPP", 95, "Client" },
        { "ENETUNREACH", 101, "Client" }, { "ETIMEDOUT", 110, "Client" },
        { "EBADF", 9, "Listener" }, { "EINVAL", 22, "Listener" }, { "ENOTSOCK", 88, "Listener" }, { "EFAULT", 14, "Listener" },
    };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Classify_AnErrorNumber_IsInItsTier(string name, int errno, string tier)
    {
        Assert.NotEmpty(name);
        Assert.Equal(tier, $"{AcceptFailures.Classify((Errno)errno)}");
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Classify_AnExceptionOfTheRuntime_IsInItsTier(string name, int errno, string tier)
    {
        // The runtime has no word for these and makes one of all of them: the loop then pauses, says so and tries again.
        var isUnknown = name is "ENOMEM" or "EPROTO" or "ENONET";

        Assert.Equal(isUnknown ? "Listener" : tier, $"{AcceptFailures.Classify((Errno)AsTheRuntimeDoes(errno).NativeErrorCode)}");
    }

    /// <summary>
    /// The exception that Socket.AcceptAsync throws for an error number, which has been through the runtime's own words for errors.
    /// </summary>
    private static SocketException AsTheRuntimeDoes(int errno)
    {
        const BindingFlags Any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var sockets = typeof(Socket).Assembly;
        var word = sockets.GetType("Interop+Sys", throwOnError: true)!.GetMethod("ConvertErrorPlatformToPal", Any)!.Invoke(null, [errno]);
        var error = sockets.GetType("System.Net.Sockets.SocketErrorPal", throwOnError: true)!
            .GetMethod("GetSocketErrorForNativeError", Any)!
            .Invoke(null, [word]);
        return new SocketException((int)(SocketError)error!);
    }
}
