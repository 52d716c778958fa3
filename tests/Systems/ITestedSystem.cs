using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Systems;

/// <summary>
/// What a system does below the engine. The tests of this folder are compiled into the test project of each system: a new one begins here.
/// </summary>
public interface ITestedSystem
{
    /// <summary>A set for one thread that waits.</summary>
    Readiness CreateReadiness();

    /// <summary>A batch of datagrams.</summary>
    DatagramBatch CreateBatch();

    /// <summary>A socket as the daemon binds one, on any free port; one of datagrams can be received from by a batch.</summary>
    Socket Bind(IPAddress address, SocketType type);

    /// <summary>The next connection of a listener, as the daemon accepts it; null: none waits.</summary>
    StreamSocket? Accept(Socket listener);
}
