using System.Globalization;
using System.Text;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>The names and numbers of network interfaces. An interface that is created again gets another number.</summary>
public static class NetworkInterfaces
{
    /// <summary>The number of an interface by its name, or by its number in digits (if_nametoindex(3)).</summary>
    /// <returns>0 where there is none now.</returns>
    public static uint IndexOf(string name) =>
        Libc.if_nametoindex(name) is > 0 and var index ? index
        : uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Find(number) is not null ? number
        : 0;

    /// <summary>The name of an interface (if_indextoname(3)); its number in digits where there is none now.</summary>
    public static string NameOf(long index) => Find((uint)index) ?? index.ToString(CultureInfo.InvariantCulture);

    private static unsafe string? Find(uint index)
    {
        var name = stackalloc byte[Libc.IFNAMSIZ];
        return Libc.if_indextoname(index, name) is null
            ? null
            : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
    }
}
