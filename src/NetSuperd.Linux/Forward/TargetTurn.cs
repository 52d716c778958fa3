using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Forward;

/// <summary>An address of a target that is to be tried for a client.</summary>
/// <param name="Target">The target.</param>
/// <param name="Address">The address.</param>
/// <param name="Parts">The log, and the name of the service there.</param>
internal readonly record struct TargetTurn(Target Target, TargetAddress Address, ForwardParts Parts)
{
    /// <summary>It has answered.</summary>
    public void Answered()
    {
        if (Address.Answered())
        {
            Parts.Logger.TargetRecovered(Parts.Service, Target.Name(Address));
        }
    }

    /// <summary>It has not answered.</summary>
    public void Failed(string reason)
    {
        if (Address.Failed())
        {
            Parts.Logger.TargetFailed(Parts.Service, Target.Name(Address), reason);
        }
    }
}
