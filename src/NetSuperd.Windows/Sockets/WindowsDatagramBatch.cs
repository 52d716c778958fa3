using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>Datagrams of Windows, each received with one call (WSARecvMsg) and answered with one (WSASendMsg). For one thread.</summary>
/// <remarks>
/// An answer leaves from the address to which the datagram was sent (IP_PKTINFO, IPV6_PKTINFO). Wine takes the control message and sends
/// from the address of the route. A call sends one datagram, so an answer does not wait for others.
/// </remarks>
public sealed unsafe class WindowsDatagramBatch : DatagramBatch
{
    // More than any UDP datagram has.
    private const int DataRoom = 65_536;
    private const int ControlRoom = 128;

    // What an earlier answer has caused, and what another group gets, is passed over; a sender could keep the loop here.
    private const int MostPassedOver = 256;

    // WSAID_WSARECVMSG of mswsock.h.
    private static readonly Guid ReceiveMessage = new("f689d7c8-6f1f-436b-8a53-e54fe351c322");

    private readonly byte* _block;
    private readonly Received[] _received = new Received[Most];
    private delegate* unmanaged<nint, Ws2.Message*, uint*, void*, void*, int> _receiveMessage;
    private SafeHandle? _socket;

    /// <summary>Makes a batch; it takes 2 MiB of address space.</summary>
    public WindowsDatagramBatch() => _block = (byte*)NativeMemory.AllocZeroed((nuint)(Most * SlotSize));

    private static int SlotSize => DataRoom + ControlRoom + Ws2.SizeOfAnyAddress;

    /// <summary>
    /// Makes the system tell where each datagram was sent to, and not report to a receiving call that an answer did not reach its client
    /// (SIO_UDP_CONNRESET, SIO_UDP_NETRESET). Answers to broadcast addresses are refused.
    /// </summary>
    /// <exception cref="SocketException">A call failed.</exception>
    public static void Prepare(Socket socket)
    {
        socket.Blocking = false;
        socket.EnableBroadcast = false;
        socket.SetSocketOption(
            socket.AddressFamily == AddressFamily.InterNetworkV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP,
            SocketOptionName.PacketInformation,
            true);
        foreach (var code in (ReadOnlySpan<int>)[Ws2.SIO_UDP_CONNRESET, Ws2.SIO_UDP_NETRESET])
        {
            try
            {
                _ = socket.IOControl(code, new byte[sizeof(int)], null);
            }
            catch (SocketException)
            {
                // Wine has the first alone. Receive passes over what they would prevent.
            }
        }
    }

    /// <inheritdoc/>
    /// <param name="socket">The socket.</param>
    /// <param name="isUnix">Windows has no unix sockets for datagrams.</param>
    public override Errno? Receive(SafeHandle socket, bool isUnix)
    {
        Forbidden.Clear();
        (_socket, Count) = (socket, 0);
        var group = GroupSocket.Of(socket)?.Address;
        var isHeld = false;
        try
        {
            socket.DangerousAddRef(ref isHeld);
            FindCall(socket);
            for (var passedOver = 0; Count < Most && passedOver < MostPassedOver;)
            {
                switch (ReceiveOne(socket.DangerousGetHandle()))
                {
                    case null when group is null || LocalBytes(Count).SequenceEqual(group):
                        Count++;
                        break;
                    case null or Errno.ECONNRESET or Errno.EINTR:
                        passedOver++;
                        break;
                    case Errno.EAGAIN:
                        return null;
                    case var failure:
                        return Count > 0 ? null : failure;
                }
            }

            return null;
        }
        finally
        {
            if (isHeld)
            {
                socket.DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Data(int index) => new(DataOf(index), _received[index].Length);

    /// <inheritdoc/>
    public override bool IsTruncated(int index) => (_received[index].Flags & Ws2.MSG_TRUNC) != 0;

    /// <inheritdoc/>
    public override DatagramArrival Arrival(int index)
    {
        var name = SenderName(index);
        var local = PacketSource.Find(ControlOf(index), _received[index].ControlLength, out var device);
        return SocketName.FamilyOf(name) == Ws2.AF_INET6
            ? new DatagramArrival(
                AddressFamily.InterNetworkV6, BinaryPrimitives.ReadUInt128BigEndian(name[SocketName.OffsetOfAddress6..]),
                SocketName.PortOf(name), Number(local), device, IsForMany(index))
            : new DatagramArrival(
                AddressFamily.InterNetwork, BinaryPrimitives.ReadUInt32BigEndian(name[SocketName.OffsetOfAddress..]),
                SocketName.PortOf(name), Number(local), device, IsForMany(index));
    }

    /// <inheritdoc/>
    public override EndPoint? Remote(int index) => SocketName.EndPoint(SenderName(index));

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> SenderName(int index) => new(NameOf(index), _received[index].NameLength);

    /// <inheritdoc/>
    public override IPAddress? Local(int index) => LocalBytes(index) is { IsEmpty: false } address ? new IPAddress(address) : null;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> LocalBytes(int index) => PacketSource.Find(ControlOf(index), _received[index].ControlLength, out _);

    /// <inheritdoc/>
    public override bool TryAnswer(int index, ReadOnlySpan<byte> data)
    {
        var source = stackalloc byte[PacketSource.Room];
        var sourceLength = WriteSource(index, source);
        Errno? failure;
        fixed (byte* bytes = data)
        {
            failure = WindowsDatagramReturn.Send(
                _socket!, NameOf(index), _received[index].NameLength, bytes, data.Length, source, sourceLength);
        }

        if (failure is null)
        {
            Sent++;
            return true;
        }

        Unsent++;
        if (failure == Errno.EACCES)
        {
            Forbidden.Add(index);
        }

        return true;
    }

    /// <inheritdoc/>
    public override DatagramReturn? ReturnOf(int index)
    {
        var source = stackalloc byte[PacketSource.Room];
        var length = WriteSource(index, source);
        return new WindowsDatagramReturn(SenderName(index).ToArray(), new ReadOnlySpan<byte>(source, (int)length).ToArray());
    }

    /// <inheritdoc/>
    /// <remarks>Each answer has been sent already.</remarks>
    public override void Send()
    {
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        NativeMemory.Free(_block);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the block where <see cref="Dispose()"/> was not called.</summary>
    ~WindowsDatagramBatch() => NativeMemory.Free(_block);

    private static UInt128 Number(ReadOnlySpan<byte> address) => address.Length switch
    {
        SocketName.SizeOfAddress => BinaryPrimitives.ReadUInt32BigEndian(address),
        SocketName.SizeOfAddress6 => BinaryPrimitives.ReadUInt128BigEndian(address),
        _ => 0,
    };

    /// <summary>The call is no export of the library; a socket tells where it is.</summary>
    private void FindCall(SafeHandle socket)
    {
        if (_receiveMessage is not null)
        {
            return;
        }

        var id = ReceiveMessage;
        nint call;
        uint returned;
        _receiveMessage = Ws2.WSAIoctl(
            socket, Ws2.SIO_GET_EXTENSION_FUNCTION_POINTER, &id, (uint)sizeof(Guid), &call, (uint)sizeof(nint), &returned, null, null) == 0
            ? (delegate* unmanaged<nint, Ws2.Message*, uint*, void*, void*, int>)call
            : throw Ws2.Failure("WSAIoctl", "WSAID_WSARECVMSG");
    }

    private Errno? ReceiveOne(nint socket)
    {
        var part = new Ws2.Part { len = DataRoom, buf = DataOf(Count) };
        var message = new Ws2.Message
        {
            name = NameOf(Count),
            namelen = Ws2.SizeOfAnyAddress,
            lpBuffers = &part,
            dwBufferCount = 1,
            Control = new Ws2.Part { len = ControlRoom, buf = ControlOf(Count) },
        };
        uint length = 0;
        var result = _receiveMessage(socket, &message, &length, null, null);
        var failure = result == 0 ? null : (Errno?)WinsockError.Errno(Ws2.WSAGetLastError());
        if (failure is null or Errno.EMSGSIZE)
        {
            _received[Count] = new Received(
                (int)Math.Min(length, DataRoom), Math.Clamp(message.namelen, 0, Ws2.SizeOfAnyAddress),
                Math.Min(message.Control.len, ControlRoom), failure is null ? message.dwFlags : message.dwFlags | Ws2.MSG_TRUNC);
            return _received[Count].NameLength >= SocketName.SizeOfName ? null : Errno.ECONNRESET;
        }

        return failure;
    }

    /// <summary>Windows tells it by flags; Wine does not, and a group and the limited broadcast address show it themselves.</summary>
    private bool IsForMany(int index) =>
        (_received[index].Flags & (Ws2.MSG_BCAST | Ws2.MSG_MCAST)) != 0
        || LocalBytes(index) is [255, 255, 255, 255] or [>= 224 and <= 239, _, _, _] or [255, _, _, _, _, ..];

    /// <summary>An answer cannot leave from the address of many hosts: the system then chooses the address.</summary>
    private uint WriteSource(int index, byte* source)
    {
        var address = PacketSource.Find(ControlOf(index), _received[index].ControlLength, out var device);
        return PacketSource.Write(source, IsForMany(index) ? [] : address, device);
    }

    private byte* DataOf(int index) => _block + ((long)index * SlotSize);

    private byte* ControlOf(int index) => DataOf(index) + DataRoom;

    private byte* NameOf(int index) => ControlOf(index) + ControlRoom;

    private readonly record struct Received(int Length, int NameLength, uint ControlLength, uint Flags);
}
